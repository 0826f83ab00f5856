package enrolmenttest

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/trust"
)

// Site is where all nodes of a Center stand.
const Site reading.SiteCode = "35.05.12.1001"

// Center is a small center on a loopback port, with everything in memory. Its
// fields may be changed while holding Mu.
type Center struct {
	Mu        sync.Mutex
	Authority *Authority
	// CAs and Centers are what answers hold; New sets them to its own.
	CAs     []*x509.Certificate
	Centers []string
	// Valid is for how long certificates are; they are renewed at two thirds.
	Valid time.Duration
	// LoseReplies is how many requests are carried out, and their answers lost.
	LoseReplies int
	// Refuse, where not nil, is the answer to everything.
	Refuse *enrolment.Problem
	// Change, where not nil, changes every answer before it is sent.
	Change func(*enrolment.Answer)
	// Issued are all certificates, oldest first.
	Issued []*x509.Certificate
	// Requests counts what came, by path; Sessions are those of MQTT.
	Requests map[string]int
	Sessions []Session

	// Now is the center's clock.
	Now    func() time.Time
	tokens map[[32]byte]*grant
	nodes  map[reading.NodeID]*standing
	server *httptest.Server
	ln     net.Listener
}

// grant is what the center knows of a token.
type grant struct {
	node      reading.NodeID
	until     time.Time
	withdrawn bool
	key       any // that it was used with
	cert      *x509.Certificate
}

// standing is what the center knows of a node.
type standing struct {
	good    []string // serial numbers of certificates
	retired bool
}

// New starts a center, and stops it at the end of the test.
func New(t testing.TB, now func() time.Time) *Center {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Center{
		Authority: NewAuthority("Siaga uji", now()), Valid: 90 * 24 * time.Hour, Requests: map[string]int{},
		Now: now, tokens: map[[32]byte]*grant{}, nodes: map[reading.NodeID]*standing{}, ln: ln,
	}
	c.CAs, c.Centers = []*x509.Certificate{c.Authority.Cert}, []string{c.Address()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+enrolment.EnrolPath, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, c.enrol) })
	mux.HandleFunc("POST "+enrolment.RenewPath, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, c.renew) })
	c.server = &httptest.Server{Listener: newSorter(ln, c.TLS(), c.broker), Config: &http.Server{
		Handler: mux, ErrorLog: log.New(io.Discard, "", 0),
	}}
	c.server.Start()
	t.Cleanup(c.server.Close)
	return c
}

// Address is host:port.
func (c *Center) Address() string { return c.ln.Addr().String() }

// TLS is how the center shows itself at each of its addresses.
func (c *Center) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			c.Mu.Lock()
			defer c.Mu.Unlock()
			cert := c.Authority.Server(c.Now())
			return &cert, nil
		},
	}
}

// Token makes a token for a node, valid for a day.
func (c *Center) Token(node reading.NodeID) enrolment.Token {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	t := enrolment.Token{Node: node, CA: trust.Fingerprint(c.Authority.Cert), Centers: slices.Clone(c.Centers)}
	_, _ = rand.Read(t.Secret[:]) // never fails
	c.tokens[t.Digest()] = &grant{node: node, until: c.Now().Add(24 * time.Hour)}
	if c.nodes[node] == nil {
		c.nodes[node] = &standing{}
	}
	return t
}

// Withdraw takes a token back.
func (c *Center) Withdraw(t enrolment.Token) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.tokens[t.Digest()].withdrawn = true
}

// Expire ends a token's time.
func (c *Center) Expire(t enrolment.Token) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.tokens[t.Digest()].until = c.Now().Add(-time.Second)
}

// Retire ends a node.
func (c *Center) Retire(node reading.NodeID) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.nodes[node].retired = true
}

// Do changes the center.
func (c *Center) Do(change func()) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	change()
}

func (c *Center) serve(w http.ResponseWriter, r *http.Request, do func(*http.Request, enrolment.Request) (enrolment.Answer, *enrolment.Problem)) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.Requests[r.URL.Path]++
	var q enrolment.Request
	if err := json.NewDecoder(io.LimitReader(r.Body, enrolment.MaxBody)).Decode(&q); err != nil {
		reply(w, 0, enrolment.Refuse(enrolment.BadRequest, "the body cannot be read"))
		return
	}
	a, p := enrolment.Answer{}, c.Refuse
	if p == nil {
		a, p = do(r, q)
	}
	if c.LoseReplies > 0 {
		c.LoseReplies--
		panic(http.ErrAbortHandler)
	}
	if p != nil {
		reply(w, p.Status, p)
		return
	}
	if c.Change != nil {
		c.Change(&a)
	}
	reply(w, http.StatusOK, a)
}

func reply(w http.ResponseWriter, status int, v any) {
	if p, ok := v.(*enrolment.Problem); ok {
		w.Header().Set("Content-Type", p.ContentType(""))
		status = p.Status
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that went away
}

func (c *Center) enrol(_ *http.Request, q enrolment.Request) (a enrolment.Answer, _ *enrolment.Problem) {
	t, err := enrolment.ParseToken(q.Token)
	if err != nil {
		return a, enrolment.Refuse(enrolment.BadRequest, err.Error())
	}
	csr, err := x509.ParseCertificateRequest(q.CSR)
	if err != nil || csr.CheckSignature() != nil {
		return a, enrolment.Refuse(enrolment.BadRequest, "no certificate request")
	}
	g := c.tokens[t.Digest()]
	switch {
	case g == nil || g.node != t.Node:
		return a, enrolment.Refuse(enrolment.TokenUnknown, "")
	case c.nodes[g.node].retired:
		return a, enrolment.Refuse(enrolment.NodeRetired, "")
	case g.withdrawn:
		return a, enrolment.Refuse(enrolment.TokenWithdrawn, "")
	case g.cert != nil && !samePublic(g.key, csr.PublicKey):
		return a, enrolment.Refuse(enrolment.TokenUsed, "")
	case g.cert == nil && c.Now().After(g.until):
		return a, enrolment.Refuse(enrolment.TokenExpired, "")
	case g.cert == nil:
		c.nodes[g.node].good = nil
		g.key, g.cert = csr.PublicKey, c.issue(g.node, csr.PublicKey)
	}
	return c.answer(g.node, g.cert), nil
}

func (c *Center) renew(r *http.Request, q enrolment.Request) (a enrolment.Answer, _ *enrolment.Problem) {
	if len(r.TLS.PeerCertificates) == 0 {
		return a, enrolment.Refuse(enrolment.NoCertificate, "")
	}
	leaf := r.TLS.PeerCertificates[0]
	node := reading.NodeID(strings.TrimPrefix(leaf.Subject.CommonName, "node:"))
	if c.nodes[node] == nil || leaf.CheckSignatureFrom(c.Authority.Cert) != nil && !c.signed(leaf) {
		return a, enrolment.Refuse(enrolment.NotOurs, "")
	}
	csr, err := x509.ParseCertificateRequest(q.CSR)
	switch {
	case err != nil || csr.CheckSignature() != nil:
		return a, enrolment.Refuse(enrolment.BadRequest, "no certificate request")
	case c.nodes[node].retired:
		return a, enrolment.Refuse(enrolment.NodeRetired, "")
	case !slices.Contains(c.nodes[node].good, leaf.SerialNumber.String()):
		return a, enrolment.Refuse(enrolment.Revoked, "")
	case c.Now().After(leaf.NotAfter.AddDate(1, 0, 0)):
		return a, enrolment.Refuse(enrolment.TooOld, "")
	}
	return c.answer(node, c.issue(node, csr.PublicKey)), nil
}

// signed reports whether one of the authorities that nodes are told of, or the
// present one, has signed leaf.
func (c *Center) signed(leaf *x509.Certificate) bool {
	return slices.ContainsFunc(c.CAs, func(ca *x509.Certificate) bool { return leaf.CheckSignatureFrom(ca) == nil })
}

func (c *Center) issue(node reading.NodeID, key any) *x509.Certificate {
	cert := c.Authority.node(string(node), key, c.Now(), c.Valid)
	c.Issued = append(c.Issued, cert)
	c.nodes[node].good = append(c.nodes[node].good, cert.SerialNumber.String())
	return cert
}

func (c *Center) answer(node reading.NodeID, cert *x509.Certificate) enrolment.Answer {
	a := enrolment.Answer{
		Node: node, Site: Site, Certificate: cert.Raw, Centers: slices.Clone(c.Centers),
		RenewAfter: cert.NotBefore.Add(cert.NotAfter.Sub(cert.NotBefore) * 2 / 3), Time: c.Now(),
	}
	for _, ca := range c.CAs {
		a.CAs = append(a.CAs, ca.Raw)
	}
	return a
}

func samePublic(a, b any) bool {
	x, err1 := x509.MarshalPKIXPublicKey(a)
	y, err2 := x509.MarshalPKIXPublicKey(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
