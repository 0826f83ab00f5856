package authority

import (
	"context"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
)

const (
	// warnBefore is how long before something expires somebody should know.
	warnBefore = 30 * 24 * time.Hour
	// overdue is what is left of a node's certificate when it should have renewed
	// it a week ago: a third, less that week.
	overdue = nodeValidity/3 - 7*24*time.Hour
	// maxOverdue bounds the nodes that are listed.
	maxOverdue = 100
)

// Expiry is something that ends.
type Expiry struct {
	// What is "ca", "server" (the center's own certificate), "given" (the one in
	// secure.cert_file) or "node"; Name says which.
	What, Name string
	When       time.Time
}

// Expiries returns when the certificates end that the center lives by, those of the
// authority that issues and of newer ones among them, and those of nodes in
// service that have not been renewed though it was time. What renews itself is far
// from its end as long as that works.
func (a *Authority) Expiries(ctx context.Context) ([]Expiry, error) {
	all, now := a.now()
	var out []Expiry
	for _, c := range all[all.issuer(now):] {
		out = append(out, Expiry{"ca", c.id(), c.cert.NotAfter})
	}
	own, err := a.ownNow()
	if err != nil {
		return nil, err
	}
	out = append(out, Expiry{"server", enrolment.ServerName, own.Leaf.NotAfter})
	if given := a.given.current(now, a.opt.Logger); given != nil {
		out = append(out, Expiry{"given", a.opt.CertFile, given.Leaf.NotAfter})
	}
	late, err := a.opt.Registry.Expiring(ctx, now.Add(overdue), maxOverdue)
	if err != nil {
		return nil, err
	}
	for _, c := range late {
		out = append(out, Expiry{"node", string(c.Node), c.NotAfter})
	}
	return out, nil
}
