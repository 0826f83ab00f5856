package access

import (
	"context"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

// Kind is how somebody showed who he is.
type Kind string

// The kinds of identities.
const (
	// Anonymous showed nothing.
	Anonymous Kind = "anonymous"
	// Person signed in.
	Person Kind = "account"
	// Program showed an access token, or the report token.
	Program Kind = "token"
	// System is the center's own machine: it showed the token in the data
	// directory.
	System Kind = "system"
)

// Identity is who makes a request, and what he may do.
type Identity struct {
	registry.Actor
	Kind Kind
	Role Role
	// Ingests says that he may report as an ingester, whatever his role.
	Ingests bool
	// Expires is when the session ends at the latest, or the token; zero: never.
	Expires time.Time
	// Session is the digest of a Person's session, else nil.
	Session *registry.Digest
}

// Network is where he is, for what each is to have its share of: his address, and
// in IPv6 what a subscriber has of them.
func (i Identity) Network() string { return network(i.Address) }

// May reports whether he may do what needs a role.
func (i Identity) May(need Role) bool {
	if need == Ingester {
		return i.Ingests || i.Role >= Admin
	}
	return need >= Nobody && i.Role >= need
}

type identityKey struct{}

// With returns a context that carries id.
func With(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, id)
}

// From returns who makes the request of ctx; without one, nobody who may do
// nothing.
func From(ctx context.Context) Identity {
	id, _ := ctx.Value(identityKey{}).(Identity)
	return id
}
