package authority

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/password"
	"github.com/siaga-id/siaga/internal/reading"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	node  reading.NodeID   = "sutojayan-01"
	other reading.NodeID   = "lodoyo-02"
	site  reading.SiteCode = "35.05.12.1001"
	day                    = 24 * time.Hour
	home                   = "10.20.0.7"
)

var technician = registry.Actor{Name: "sari", Address: "10.0.0.5"}

// center is an authority with its registry and a clock that the test moves.
type center struct {
	*Authority
	t   testing.TB
	reg *registry.Registry
	dir string

	mu  sync.Mutex
	now time.Time
}

func (c *center) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *center) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t testing.TB) *center {
	t.Helper()
	c := &center{t: t, dir: t.TempDir(), now: began}
	b, err := twoNodes()
	must(t, err)
	must(t, os.WriteFile(filepath.Join(c.dir, "registry.db"), b, 0o600))
	c.start()
	return c
}

var began = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

// twoNodes is the file of a registry that has claimed both nodes: to make its tables
// costs more than most tests do with them.
var twoNodes = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "registry")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "registry.db")
	reg, err := registry.Open(path, registry.Options{Kind: registry.Real, Now: func() time.Time { return began }})
	if err != nil {
		return nil, err
	}
	err = errors.Join(reg.Claim(context.Background(), node, site), reg.Claim(context.Background(), other, site), reg.Close())
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// start opens everything, as after a restart or a kill.
func (c *center) start() {
	c.t.Helper()
	if c.reg != nil {
		must(c.t, c.reg.Close())
	}
	var err error
	c.reg, err = registry.Open(filepath.Join(c.dir, "registry.db"), registry.Options{Kind: registry.Real, Now: c.clock})
	must(c.t, err)
	c.t.Cleanup(func() { _ = c.reg.Close() })
	c.Authority, err = Open(c.options())
	must(c.t, err)
}

func (c *center) options() Options {
	return Options{
		Dir: filepath.Join(c.dir, "ca"), Registry: c.reg, Names: []string{"pusat.kab.example"}, Addrs: []string{"0.0.0.0:8883"},
		Now: c.clock, Logger: slog.New(slog.DiscardHandler), Cost: password.Least,
		interfaces: func() ([]net.Addr, error) {
			return []net.Addr{
				&net.IPNet{IP: net.ParseIP("127.0.0.1"), Mask: net.CIDRMask(8, 32)},
				&net.IPNet{IP: net.ParseIP("fe80::1"), Mask: net.CIDRMask(64, 128)},
				&net.IPNet{IP: net.ParseIP("10.20.0.2"), Mask: net.CIDRMask(24, 32)},
			}, nil
		},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

func csrOf(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, new(x509.CertificateRequest), key)
	must(t, err)
	return der
}

func (c *center) token(n reading.NodeID) enrolment.Token {
	c.t.Helper()
	_, token, err := c.NewToken(c.t.Context(), technician, n, day)
	must(c.t, err)
	return token
}

// field is a node: its key, what it was given last, and a clock that is the
// center's.
type field struct {
	c      *center
	key    *ecdsa.PrivateKey
	answer enrolment.Answer
}

func (c *center) enrol(n reading.NodeID) *field {
	c.t.Helper()
	f := &field{c: c, key: newKey(c.t)}
	var err error
	f.answer, err = c.Enrol(c.t.Context(), home, enrolment.Request{Token: c.token(n).String(), CSR: csrOf(c.t, f.key)})
	must(c.t, err)
	return f
}

func (f *field) leaf() *x509.Certificate {
	f.c.t.Helper()
	leaf, err := x509.ParseCertificate(f.answer.Certificate)
	must(f.c.t, err)
	return leaf
}

// state is what the center sees of the node's connections.
func (f *field) state() tls.ConnectionState {
	return tls.ConnectionState{PeerCertificates: []*x509.Certificate{f.leaf()}}
}

func (f *field) renew() error {
	answer, err := f.c.Renew(f.c.t.Context(), home, f.state(), enrolment.Request{CSR: csrOf(f.c.t, f.key)})
	if err == nil {
		f.answer = answer
	}
	return err
}

// contact makes a real handshake: the node trusts only what it was told, the
// center judges the node's certificate.
func (f *field) contact() error {
	roots := x509.NewCertPool()
	for _, der := range f.answer.CAs {
		cert, err := x509.ParseCertificate(der)
		must(f.c.t, err)
		roots.AddCert(cert)
	}
	state, err := handshake(f.c.t, f.c.TLS("mqtt"), &tls.Config{
		RootCAs: roots, ServerName: enrolment.ServerName, Time: f.c.clock, NextProtos: []string{"mqtt"},
		Certificates: []tls.Certificate{{Certificate: [][]byte{f.answer.Certificate}, PrivateKey: f.key}},
	})
	if err != nil {
		return err
	}
	_, _, err = f.c.Node(state)
	return err
}

// handshake returns what the server saw.
func handshake(t testing.TB, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	s, c := tls.Server(a, server), tls.Client(b, client)
	done := make(chan error, 1)
	go func() {
		err := c.HandshakeContext(t.Context())
		if err != nil {
			b.Close()
		}
		done <- err
	}()
	err := s.HandshakeContext(t.Context())
	if err != nil {
		a.Close()
	}
	return s.ConnectionState(), errors.Join(<-done, err)
}

func code(err error) enrolment.Code {
	var p *enrolment.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func TestKeysAreTheOwnersAlone(t *testing.T) {
	c := open(t)
	dir := c.opt.Dir
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%v", files)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, files[0]: 0o600} {
		info, err := os.Stat(path)
		must(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
		for _, mode := range []os.FileMode{want | 0o040, want | 0o004, want | 0o020} {
			must(t, os.Chmod(path, mode))
			if _, err := Open(c.options()); !errors.Is(err, ErrExposed) {
				t.Errorf("%s with %v: %v", path, mode, err)
			}
			must(t, os.Chmod(path, want))
		}
	}
	link := filepath.Join(dir, "ca-00000000.pem")
	must(t, os.Symlink(files[0], link))
	if _, err := Open(c.options()); !errors.Is(err, ErrExposed) {
		t.Errorf("a link: %v", err)
	}
}

func TestReopen(t *testing.T) {
	c := open(t)
	f := c.enrol(node)
	before := c.CAs()
	must(t, os.WriteFile(filepath.Join(c.opt.Dir, newPrefix+"ca-1.pem"), []byte("killed while wri"), 0o600))
	c.start()
	if after := c.CAs(); len(after) != 1 || after[0].Pin != before[0].Pin {
		t.Errorf("another authority after a restart")
	}
	must(t, f.contact())
	if _, err := os.Stat(filepath.Join(c.opt.Dir, newPrefix+"ca-1.pem")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was being written is still there: %v", err)
	}
}

// TestLost: a center whose authority is gone does not strand its nodes by a new
// one that nobody asked for.
func TestLost(t *testing.T) {
	c := open(t)
	c.enrol(node)
	must(t, os.RemoveAll(c.opt.Dir))
	if _, err := Open(c.options()); !errors.Is(err, ErrLost) {
		t.Fatalf("%v", err)
	}
	must(t, os.WriteFile(filepath.Join(c.opt.Dir, beginAnew), nil, 0o600))
	if _, err := Open(c.options()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(c.opt.Dir, beginAnew)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it would begin anew again: %v", err)
	}
}

func TestDamagedFile(t *testing.T) {
	c := open(t)
	files, err := filepath.Glob(filepath.Join(c.opt.Dir, "*"))
	must(t, err)
	whole, err := os.ReadFile(files[0])
	must(t, err)
	another, err := newCA(c.now, nil)
	must(t, err)
	for name, b := range map[string][]byte{
		"empty": nil, "cut": whole[:len(whole)/2], "no key": whole[len(whole)/3:],
		"another's certificate": append(append([]byte{}, whole[:241]...), certPEM(another.cert)...),
	} {
		must(t, os.WriteFile(files[0], b, 0o600))
		if _, err := Open(c.options()); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}
