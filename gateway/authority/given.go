package authority

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// givenEvery is how often it is looked whether the files have changed.
const givenEvery = 10 * time.Second

// givenCertificate is one by somebody else, read from files.
type givenCertificate struct {
	certFile, keyFile string

	mu     sync.Mutex
	cert   *tls.Certificate // nil where none is configured
	seen   [2]stamp         // of the files when they were last read
	looked time.Time
}

// stamp tells whether a file has changed.
type stamp struct {
	at   time.Time
	size int64
}

// load reads the files, where there are any. Errors name the configuration's key.
func (g *givenCertificate) load() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.certFile == "" {
		return nil
	}
	g.seen = g.stamps()
	cert, err := tls.LoadX509KeyPair(g.certFile, g.keyFile)
	if err != nil {
		return fmt.Errorf("secure.cert_file: %w", err)
	}
	g.cert = &cert
	return nil
}

// current is the certificate, read anew where a file has changed. What cannot be
// read, such as a key that does not yet belong to its certificate, leaves the old
// one in place.
func (g *givenCertificate) current(now time.Time, log *slog.Logger) *tls.Certificate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if since := now.Sub(g.looked); g.cert == nil || since >= 0 && since < givenEvery {
		return g.cert
	}
	g.looked = now
	stamps := g.stamps()
	if stamps == g.seen {
		return g.cert
	}
	cert, err := tls.LoadX509KeyPair(g.certFile, g.keyFile)
	if err != nil {
		log.Error("read changed certificate: the old one stays in use", "file", g.certFile, "err", err)
	} else {
		log.Info("took over changed certificate", "file", g.certFile, "until", cert.Leaf.NotAfter)
		g.cert = &cert
	}
	g.seen = stamps
	return g.cert
}

// stamps is the zero stamp for a file that is not there.
func (g *givenCertificate) stamps() (s [2]stamp) {
	for i, f := range []string{g.certFile, g.keyFile} {
		if info, err := os.Stat(f); err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}
