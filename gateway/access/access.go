package access

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/password"
)

// Open says who may read without signing in.
type Open string

// The settings of http.open.
const (
	// OpenAuto: who is on this machine.
	OpenAuto Open = "auto"
	// OpenYes: everybody who can reach the center.
	OpenYes Open = "yes"
	// OpenNo: nobody. Nor does anybody report as an ingester without a token: behind a
	// proxy that does not say so, the whole world is on this machine.
	OpenNo Open = "no"
)

// Options configure an Access. Registry is required.
type Options struct {
	Registry *registry.Registry
	// Open "" is OpenAuto.
	Open Open
	// SystemToken is the token that the center wrote for its own machine; "": none.
	SystemToken string
	// ReportToken lets ingesters on other machines report; "": none.
	ReportToken string
	// Cost is what people's passwords are hashed with; 0 is password.Default. A center
	// uses that: less is for tests.
	Cost   password.Cost
	Now    func() time.Time // nil is time.Now
	Logger *slog.Logger     // nil is slog.Default
}

// Access tells who makes a request. It may be used concurrently.
type Access struct {
	opt      Options
	throttle throttle
	known    *known
	// newcomers has room for those who sign in from where nobody has before.
	newcomers chan struct{}
	// told bounds what is written down of what anybody can bring about.
	told *buckets
}

const (
	// CookieName is the session cookie's.
	CookieName = "siaga_session"
	// sessionIdle and sessionWhole end a session: so long after it was last heard
	// of, and so long after its beginning.
	sessionIdle  = 12 * time.Hour
	sessionWhole = 7 * 24 * time.Hour
	// seenEvery and usedEvery are how often it is written down that a session or a
	// token was heard of: a write each time would cost more than the request.
	seenEvery = time.Minute
	usedEvery = time.Hour
	// maxNewcomers is how many may sign in at the same moment from where nobody has
	// before. With the devices that may, they leave places in package password's
	// queue: a crowd of strangers does not keep out who is known.
	maxNewcomers = 24
)

// New returns an Access.
func New(ctx context.Context, opt Options) (*Access, error) {
	opt.Open = cmp.Or(opt.Open, OpenAuto)
	if opt.Registry == nil || opt.Open != OpenAuto && opt.Open != OpenYes && opt.Open != OpenNo {
		return nil, fmt.Errorf("new access: open %q: want auto, yes or no, and a registry", opt.Open)
	}
	if opt.Cost = cmp.Or(opt.Cost, password.Default); opt.Cost < password.Least {
		return nil, fmt.Errorf("new access: a password's cost of %d: want %d at least", opt.Cost, password.Least)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	opt.Logger = cmp.Or(opt.Logger, slog.Default())
	known, err := recall(ctx, opt.Registry)
	if err != nil {
		return nil, err
	}
	return &Access{
		opt: opt, throttle: newThrottle(opt.Now), known: known, newcomers: make(chan struct{}, maxNewcomers),
		told: newBuckets(limit{burst: 20, every: 10 * time.Second}, opt.Now),
	}, nil
}

// Identify returns who makes a request. The error is the registry's; who shows
// what is not known is Anonymous and may do nothing, or with a session that is
// over, what everybody may.
func (a *Access) Identify(r *http.Request) (Identity, error) {
	ctx, address := r.Context(), addressOf(r)
	if shown := r.Header.Get("Authorization"); shown != "" || len(r.Header.Values("Authorization")) > 0 {
		id, err := a.byToken(ctx, shown, address)
		if err == nil && id.Kind == Anonymous && a.told.take(network(address)) == 0 {
			a.opt.Logger.Warn("an access token was shown that is not known", "address", address, "path", r.URL.Path)
		}
		return id, err
	}
	if c, err := r.Cookie(CookieName); err == nil && c.Value != "" {
		id, err := a.bySession(ctx, digest(c.Value), address)
		if err != nil || id.Kind == Person {
			return id, err
		}
	}
	local := isLocal(r)
	id := Stranger(r)
	id.Ingests = local && a.opt.Open != OpenNo
	if a.opt.Open == OpenYes || a.opt.Open == OpenAuto && local {
		id.Role = Viewer
	}
	return id, nil
}

// Stranger is who makes a request when nobody has looked at what he shows: he may
// do nothing.
func Stranger(r *http.Request) Identity { return stranger(addressOf(r)) }

func stranger(address string) Identity {
	return Identity{Actor: registry.Actor{Name: string(Anonymous), Address: address}, Kind: Anonymous}
}

// byToken returns who shows an Authorization header.
func (a *Access) byToken(ctx context.Context, shown, address string) (Identity, error) {
	id := stranger(address)
	scheme, token, _ := strings.Cut(shown, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return id, nil
	}
	switch {
	case same(token, a.opt.SystemToken):
		id.Name, id.Kind, id.Role = "system", System, Admin
		return id, nil
	case same(token, a.opt.ReportToken):
		id.Name, id.Kind, id.Ingests = "token:report", Program, true
		return id, nil
	}
	name := tokenID(token)
	if name == "" {
		return id, nil
	}
	t, kept, err := a.opt.Registry.AccessToken(ctx, name)
	if errors.Is(err, registry.ErrNotFound) {
		return id, nil
	}
	if err != nil {
		return id, err
	}
	if got := digest(token); subtle.ConstantTimeCompare(got[:], kept[:]) != 1 {
		return id, nil
	}
	role, err := ParseScope(t.Scope)
	if err != nil {
		return id, fmt.Errorf("access token %s: %w", name, err)
	}
	id.Name, id.Kind, id.Expires = "token:"+t.ID, Program, t.Expires
	if role == Ingester {
		id.Ingests = true
	} else {
		id.Role = role
	}
	if a.opt.Now().Sub(t.Used) >= usedEvery {
		if err := a.opt.Registry.UseAccessToken(ctx, t.ID); err != nil {
			a.opt.Logger.Warn("note use of access token", "token", t.ID, "err", err)
		}
	}
	return id, nil
}

// same compares in constant time; nothing is the same as no secret.
func same(token, secret string) bool {
	a, b := digest(token), digest(secret)
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && secret != ""
}

// bySession returns whose session it is.
func (a *Access) bySession(ctx context.Context, d registry.Digest, address string) (Identity, error) {
	s, err := a.opt.Registry.Session(ctx, d, sessionIdle)
	if errors.Is(err, registry.ErrNotFound) {
		return Identity{Kind: Anonymous}, nil
	}
	if err != nil {
		return Identity{}, err
	}
	role, err := ParseRole(s.Account.Role)
	if err != nil {
		return Identity{}, fmt.Errorf("account %s: %w", s.Account.Name, err)
	}
	if a.opt.Now().Sub(s.Seen) >= seenEvery {
		if err := a.opt.Registry.SeeSession(ctx, d); err != nil {
			a.opt.Logger.Warn("note session", "account", s.Account.Name, "err", err)
		}
	}
	return Identity{
		Actor: registry.Actor{Name: s.Account.Name, Address: address}, Kind: Person, Role: role, Expires: s.Expires, Session: &d,
	}, nil
}

// Refused writes down that somebody may not do what he tried. It does so a few
// times and then seldom: who may do nothing else could fill the log.
func (a *Access) Refused(ctx context.Context, by Identity, action, why string) {
	if a.told.take(by.Name+" "+network(by.Address)) > 0 {
		return
	}
	a.opt.Logger.Warn("request refused", "who", by.Name, "address", by.Address, "action", action, "why", why)
	if by.Kind == Anonymous {
		return // whoever he is, there is nothing to hold against him
	}
	a.record(ctx, by.Actor, action, "", why)
}

// record writes a refusal into the audit log.
func (a *Access) record(ctx context.Context, by registry.Actor, action, object, why string) {
	if err := a.opt.Registry.AddAudit(ctx, by, action, object, nil, why); err != nil {
		a.opt.Logger.Error("write audit log", "action", action, "err", err)
	}
}
