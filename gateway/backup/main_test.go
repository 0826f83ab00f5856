package backup

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/internal/spool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	quiet = slog.New(slog.DiscardHandler)
	noon  = time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// center is what a center keeps, without the center.
type center struct {
	dir    string
	reg    *registry.Registry
	engine *tsdb.Engine
	spools map[string]*spool.Spool
	src    Sources
}

func open(t testing.TB, dir string) *center {
	t.Helper()
	c := &center{dir: dir, spools: make(map[string]*spool.Spool)}
	var err error
	must(t, os.MkdirAll(filepath.Join(dir, "ca"), 0o700))
	c.reg, err = registry.Open(filepath.Join(dir, "registry.db"), registry.Options{Kind: registry.Real, Now: func() time.Time { return noon }})
	must(t, err)
	t.Cleanup(func() { c.reg.Close() })
	c.engine, err = tsdb.Open(tsdb.Options{Dir: filepath.Join(dir, "influx"), Addr: "127.0.0.1:0", ReserveBytes: -1, Logger: quiet})
	must(t, err)
	t.Cleanup(func() { c.engine.Close() })
	c.src = Sources{
		Dir: dir, Program: "1.2.3", Kind: registry.Real, Registry: c.reg, Engine: c.engine.Snapshot, History: registry.HistoryIncluded,
		Spools: make(map[string]func(func([]byte) error) error), Now: func() time.Time { return noon },
	}
	for _, name := range []string{DataSpool, StoredSpool, RefusedSpool, DeviceSpool} {
		s, err := spool.Open(filepath.Join(dir, filepath.FromSlash(name)), spool.Options{MaxBytes: 64 << 20, ReserveBytes: -1})
		must(t, err)
		t.Cleanup(func() { s.Close() })
		c.spools[name] = s
		c.src.Spools[name] = func(fn func([]byte) error) error {
			return s.Scan(0, func(_ uint64, record []byte) error { return fn(record) })
		}
	}
	return c
}

// filled is a center with a little of everything.
func filled(t testing.TB, dir string) *center {
	t.Helper()
	c := open(t, dir)
	must(t, os.WriteFile(filepath.Join(dir, "ca", "ca-1.pem"), []byte("a key"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "admin.token"), []byte("a token"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("somebody's"), 0o600))
	must(t, c.reg.Claim(context.Background(), "n1", "35.05.12.1001"))
	for name, s := range c.spools {
		for i := range 3 {
			_, err := s.Append([]byte(fmt.Sprintf("%s %d", name, i)))
			must(t, err)
		}
		must(t, s.Ack(spool.Range{From: 1, To: 1}))
	}
	form := url.Values{"db": {tsdb.DefaultDatabase}, "precision": {"ms"}}
	tr := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: tr}).Post(c.engine.URL()+"/write?"+form.Encode(), "text/plain",
		strings.NewReader("air,node=n1 pm2_5=7 1700000000000\nair,node=n2 pm2_5=8 1700000000000"))
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatal(resp.Status)
	}
	return c
}

// close ends what a process of its own would be.
func (c *center) close(t testing.TB) {
	t.Helper()
	must(t, c.reg.Close())
	must(t, c.engine.Close())
	for _, s := range c.spools {
		must(t, s.Close())
	}
}

// specimen is a center whose archive has every kind of entry but time series, and is
// small: it is read anew for each of thousands of changed bytes. In the place of the
// database are so many bytes.
func specimen(t testing.TB, registryBytes int) *center {
	t.Helper()
	c := filled(t, t.TempDir())
	c.src.Engine, c.src.History = nil, registry.HistoryExternal
	c.src.Registry = noise(registryBytes)
	return c
}

// noise is a registry of so many bytes, which says nothing.
type noise int

func (n noise) Snapshot(_ context.Context, to string) error {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return os.WriteFile(to, b, 0o600)
}

// locked is a key, which costs less than a passphrase, and its lock.
func locked(t testing.TB) (Key, Lock) {
	t.Helper()
	file, public, err := NewKey()
	must(t, err)
	key, err := ParseKey([]byte(file))
	must(t, err)
	return key, Lock{Recipients: []string{public}}
}

// archive makes a backup of c.
func archive(t testing.TB, c *center, lock Lock) []byte {
	t.Helper()
	s, err := Stage(context.Background(), c.src)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	var b bytes.Buffer
	must(t, s.WriteTo(context.Background(), &b, lock))
	return b.Bytes()
}

// contents are the names in a directory.
func contents(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// forge makes an archive of entries as they are, for whoever has the key.
func forge(t testing.TB, lock Lock, write func(w io.Writer)) []byte {
	t.Helper()
	recipients, err := lock.recipients()
	must(t, err)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, recipients...)
	must(t, err)
	write(w)
	must(t, w.Close())
	return b.Bytes()
}

// decrypted is what is inside an archive.
func decrypted(file []byte, key Key) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(file), key.identities...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
