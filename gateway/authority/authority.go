package authority

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/password"
	"github.com/siaga-id/siaga/internal/reading"
)

// Errors of Open and Rotate.
var (
	// ErrLost tells that certificates were issued, and that the authority that did
	// it is gone.
	ErrLost = errors.New("the certificate authority is gone, though nodes have certificates of it")
	// ErrRotating tells that the last new authority is not in use yet.
	ErrRotating = errors.New("a new authority is being made known already")
)

// beginAnew is a file by which somebody says that the authority is lost for good.
const beginAnew = "begin-anew"

// Options configure an Authority. Dir and Registry are required.
type Options struct {
	// Dir holds the keys. It is made where it does not exist.
	Dir      string
	Registry *registry.Registry
	// Names are names and addresses by which nodes and people reach the center,
	// each with a port or without, in the order in which nodes are to try them.
	Names []string
	// Brokers are where nodes find an external broker, host:port; none: MQTT is spoken
	// where the center is.
	Brokers []string
	// Addrs are the secure addresses where the center listens; see also Listening.
	Addrs []string
	// CertFile and KeyFile are a certificate by somebody else, in PEM, for people's
	// browsers; "" for none. It is read anew when it changes.
	CertFile, KeyFile string
	// Cost is what the passwords that people choose for devices are hashed with; 0 is
	// password.Default. A center uses that: less is for tests.
	Cost    password.Cost
	Now     func() time.Time      // nil is time.Now
	Metrics prometheus.Registerer // may be nil
	Logger  *slog.Logger          // nil is slog.Default

	interfaces func() ([]net.Addr, error) // nil is net.InterfaceAddrs
}

// Authority is the center's certificate authority. It may be used concurrently.
type Authority struct {
	opt      Options
	attempts attempts
	devices  devices
	outcomes *prometheus.CounterVec

	// The registry asks for certificates while it holds its own lock: it must not be
	// asked under this one.
	mu    sync.Mutex
	cas   cas
	pool  *x509.CertPool // of cas; replaced, never changed
	addrs []string
	shown map[reading.NodeID]*ca // of the youngest one whose certificate a node has shown

	ended chan struct{} // one was
	onEnd func(ctx context.Context, ids []string) error

	own   ownCertificate
	given givenCertificate
}

// Open opens the authority in opt.Dir, and makes it at the first start. It
// returns ErrExposed where others may read the keys, and ErrLost rather than
// strand every node by a new authority.
func Open(opt Options) (*Authority, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.Default()
	}
	if opt.interfaces == nil {
		opt.interfaces = net.InterfaceAddrs
	}
	a := &Authority{opt: opt, addrs: opt.Addrs, shown: map[reading.NodeID]*ca{}, ended: make(chan struct{}, 1), outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "siaga_enrolments_total", Help: "Requests for certificates of nodes, by what became of them.",
	}, []string{"kind", "outcome"})}
	a.devices.init(opt)
	if opt.Metrics != nil {
		if err := opt.Metrics.Register(a.outcomes); err != nil {
			return nil, fmt.Errorf("open certificate authority: %w", err)
		}
	}
	if err := a.open(); err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	a.given.certFile, a.given.keyFile = opt.CertFile, opt.KeyFile
	if err := a.given.load(); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Authority) open() error {
	if err := openDir(a.opt.Dir); err != nil {
		return err
	}
	all, err := readCAs(a.opt.Dir)
	if err != nil {
		return err
	}
	if len(all) > 0 {
		a.set(sorted(all))
		return nil
	}
	anew := filepath.Join(a.opt.Dir, beginAnew)
	_, unsaid := os.Stat(anew)
	if unsaid != nil && a.opt.Registry.EverIssued() {
		return fmt.Errorf("%w: restore %s from a backup; or, to enrol every node again, make an empty file %s there", ErrLost, a.opt.Dir, beginAnew)
	}
	c, err := newCA(a.opt.Now(), nil)
	if err != nil {
		return err
	}
	if err := writeCA(a.opt.Dir, c); err != nil {
		return err
	}
	a.set(cas{c})
	a.opt.Logger.Debug("made a certificate authority", "id", c.id(), "dir", a.opt.Dir)
	if unsaid == nil {
		return os.Remove(anew)
	}
	return nil
}

func (a *Authority) set(all cas) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cas, a.pool = all, all.pool()
}

func (a *Authority) now() (cas, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cas, a.opt.Now()
}

// Listening says at which addresses the center really listens, where Options.Addrs
// said port 0.
func (a *Authority) Listening(addrs []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.addrs = addrs
}

// Rotate makes a new authority, which nodes learn of as they renew their
// certificates and which issues after 90 days, or once Begin says so. The old one is
// trusted until every node in service has a certificate of the new one, or End says
// so. Nobody has to visit a node or restart anything.
// ErrRotating tells that the last rotation is not over.
func (a *Authority) Rotate(ctx context.Context, by registry.Actor) error {
	c, from, err := a.rotate()
	if err != nil {
		return fmt.Errorf("rotate certificate authority: %w", err)
	}
	a.opt.Logger.Info("made a new certificate authority", "id", c.id(), "issues_from", from, "by", by.Name)
	if err := a.opt.Registry.AddAudit(ctx, by, "ca.rotate", "ca:"+c.id(), nil, ""); err != nil {
		return fmt.Errorf("rotate certificate authority: it is made, but: %w", err)
	}
	return nil
}

func (a *Authority) rotate() (c *ca, from time.Time, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.opt.Now()
	newest := len(a.cas) - 1
	if a.cas.issuer(now) != newest {
		return nil, from, fmt.Errorf("%w, and issues from %s on", ErrRotating, a.cas.begins(newest).Format(time.RFC3339))
	}
	var older []*ca
	for i, c := range a.cas {
		if now.Before(a.cas.ends(i).Add(renewable)) && now.Before(c.cert.NotAfter) {
			older = append(older, c)
		}
	}
	// Also where the clock was set back, it is the youngest.
	born := now
	if last := a.cas[newest].created(); !born.Truncate(time.Second).After(last) {
		born = last.Add(time.Second)
	}
	if c, err = newCA(born, older); err != nil {
		return nil, from, err
	}
	if err := writeCA(a.opt.Dir, c); err != nil {
		return nil, from, err
	}
	a.cas = sorted(append(append(cas{}, a.cas...), c))
	a.pool = a.cas.pool()
	return c, a.cas.begins(len(a.cas) - 1), nil
}

// tendEvery is how often Run looks.
const tendEvery = time.Hour

// Run makes a new authority when the present one has two years left, ends an old one
// that no node needs any more, and warns of what expires, until ctx ends.
func (a *Authority) Run(ctx context.Context) error {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		if err := a.tend(ctx); err != nil {
			a.opt.Logger.Error("look after certificates", "err", err)
		}
		if err := a.tellEnded(ctx); err != nil && ctx.Err() == nil {
			a.opt.Logger.Error("tell nodes that an authority has ended", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.ended:
		case <-tick.C:
		}
	}
}

func (a *Authority) tend(ctx context.Context) error {
	all, now := a.now()
	newest := all[len(all)-1]
	if now.After(newest.cert.NotAfter.Add(-rotateBefore)) && all.issuer(now) == len(all)-1 {
		if err := a.Rotate(ctx, registry.Actor{Name: "system"}); err != nil {
			return err
		}
	}
	if err := a.endUnneeded(ctx); err != nil {
		return err
	}
	soon, err := a.Expiries(ctx)
	if err != nil {
		return err
	}
	for _, e := range soon {
		if e.When.Sub(now) < warnBefore {
			a.opt.Logger.Warn("certificate expires", "what", e.What, "name", e.Name, "when", e.When)
		}
	}
	return nil
}

// CA is an authority, as people see it.
type CA struct {
	ID string
	// Fingerprint is the SHA-256 of the certificate, as browsers show it; Pin that
	// of its public key, as tokens carry it.
	Fingerprint, Pin [32]byte
	Created          time.Time
	// IssuesFrom is when it begins to issue; Issues tells that it is the one that
	// does.
	IssuesFrom time.Time
	Issues     bool
	// TrustedUntil is when its last certificate ends; NotAfter when it does itself.
	TrustedUntil, NotAfter time.Time
	// PEM is its certificate.
	PEM string
}

// CAs returns the authorities that are trusted, the oldest first.
func (a *Authority) CAs() []CA {
	all, now := a.now()
	trusted := all.trusted(now)
	var out []CA
	for i, c := range all {
		if !slices.Contains(trusted, c) {
			continue
		}
		out = append(out, CA{
			ID: c.id(), Fingerprint: sha256.Sum256(c.cert.Raw), Pin: c.pin(), Created: c.created(), IssuesFrom: all.begins(i),
			Issues: i == all.issuer(now), TrustedUntil: all.ends(i), NotAfter: c.cert.NotAfter, PEM: string(certPEM(c.cert)),
		})
	}
	return out
}
