package authority

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func daysOf(n float64) time.Duration { return time.Duration(n * float64(day)) }

func writeFile(name string, b []byte) error { return os.WriteFile(name, b, 0o600) }

// TestGivenCertificate: people's browsers see it, nodes do not, and a new one is
// taken over as soon as its two files belong together.
func TestGivenCertificate(t *testing.T) {
	c := open(t)
	other, err := newCA(c.clock(), nil)
	must(t, err)
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	writeCert, writeKey := givenFiles(t, c, other, certFile, keyFile)
	writeCert()
	writeKey()
	opt := c.options()
	opt.CertFile, opt.KeyFile = certFile, keyFile
	c.Authority, err = Open(opt)
	must(t, err)
	shown := func(name string) string {
		cert, err := c.certificate(&tls.ClientHelloInfo{ServerName: name})
		must(t, err)
		return serial(cert.Leaf)
	}
	first, own := shown("pusat.kab.example"), shown("center.siaga.internal")
	if first == own || shown("") != first {
		t.Error("nodes and people are shown the same")
	}
	writeCert, writeKey = givenFiles(t, c, other, certFile, keyFile)
	writeCert() // the key is still the old one's
	c.add(time.Minute)
	if shown("pusat.kab.example") != first {
		t.Error("half a change was taken over")
	}
	writeKey()
	c.add(time.Minute)
	if shown("pusat.kab.example") == first {
		t.Error("the new one was not taken over")
	}
	must(t, os.Remove(certFile))
	c.add(time.Minute)
	if got := shown("pusat.kab.example"); got == first || got == own {
		t.Error("it is gone because its file is")
	}
	if _, err := Open(opt); err == nil {
		t.Error("opened without its file")
	}
}

// givenFiles makes another certificate of another authority, and returns what
// writes its files.
func givenFiles(t *testing.T, c *center, by *ca, certFile, keyFile string) (writeCert, writeKey func()) {
	t.Helper()
	key := newKey(t)
	leaf, err := by.issue(x509.Certificate{DNSNames: []string{"pusat.kab.example"}}, key.Public(), c.clock(), 365*day)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	at := time.Now()
	write := func(name string, b []byte) func() {
		return func() {
			must(t, writeFile(name, b))
			at = at.Add(time.Second) // what is written within one tick of the disk's clock differs, too
			must(t, os.Chtimes(name, at, at))
		}
	}
	return write(certFile, certPEM(leaf)), write(keyFile, pem.EncodeToMemory(&pem.Block{Type: blockKey, Bytes: der}))
}

func TestExpiries(t *testing.T) {
	c := open(t)
	c.enrol(node)
	retired := c.enrol(other)
	what := func() map[string]string {
		all, err := c.Expiries(t.Context())
		must(t, err)
		m := map[string]string{}
		for _, e := range all {
			m[e.What] = e.Name
			if e.What != "node" && e.When.Sub(c.clock()) < warnBefore-time.Hour {
				t.Errorf("%+v would be warned of though it renews itself", e)
			}
		}
		return m
	}
	if got := what(); len(got) != 2 || got["ca"] == "" || got["server"] == "" {
		t.Errorf("%v", got)
	}
	must(t, c.reg.Retire(t.Context(), technician, other, "dicuri"))
	_ = retired
	c.add(68 * day) // a week after it should have been renewed
	if got := what(); got["node"] != string(node) {
		t.Errorf("overdue: %v", got)
	}
}
