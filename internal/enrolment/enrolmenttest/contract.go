package enrolmenttest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/trust"
)

// Rig is a center under test. All functions are called from the test's goroutine.
type Rig struct {
	// Token makes a token for a node, making the node where there is none. Its
	// addresses lead to the center.
	Token    func(node reading.NodeID) enrolment.Token
	Withdraw func(enrolment.Token)
	// Expire ends the time of a token that was not used.
	Expire func(enrolment.Token)
	Retire func(reading.NodeID)
}

// Contract is what nodes rely on of every center.
func Contract(t *testing.T, start func(t *testing.T) Rig) {
	for name, test := range map[string]func(*asker){
		"a token gives a certificate":              aCertificate,
		"a lost reply strands nobody":              lostReply,
		"a token works with one key":               oneKey,
		"a token works for one node":               oneNode,
		"an unknown token":                         func(a *asker) { a.refused(enrolment.TokenUnknown, a.forged("uji-01"), newKey()) },
		"a withdrawn token":                        withdrawn,
		"an expired token":                         expired,
		"a retired node":                           retired,
		"what is no request":                       garbage,
		"a certificate is renewed":                 renewed,
		"a renewal's lost reply strands nobody":    renewedTwice,
		"renewal wants a certificate":              anonymous,
		"another authority's certificate":          stranger,
		"a new enrolment ends the old certificate": enrolledAgain,
	} {
		t.Run(name, func(t *testing.T) { test(&asker{T: t, rig: start(t)}) })
	}
}

// asker is a node as a center sees it.
type asker struct {
	*testing.T
	rig Rig
	to  enrolment.Token // whose center is asked
}

// ask sends a request and returns the answer, or the refusal.
func (a *asker) ask(path string, q enrolment.Request, own *tls.Certificate) (enrolment.Answer, *enrolment.Problem) {
	a.Helper()
	body, err := json.Marshal(q)
	if err != nil {
		a.Fatal(err)
	}
	tr := &http.Transport{
		TLSClientConfig:   trust.Config(trust.Options{Pin: &a.to.CA, Certificate: own}, enrolment.ServerName),
		DisableKeepAlives: true,
	}
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr, Timeout: 20 * time.Second}).Post("https://"+a.to.Centers[0]+path, "application/json", bytes.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	defer res.Body.Close()
	var answer enrolment.Answer
	if res.StatusCode == http.StatusOK {
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
			a.Fatal(err)
		}
		return answer, nil
	}
	p := &enrolment.Problem{}
	if err := json.NewDecoder(res.Body).Decode(p); err != nil || p.Code == "" || p.Status != res.StatusCode {
		a.Fatalf("%s: a refusal that programs cannot read: %+v, %v", res.Status, p, err)
	}
	return answer, p
}

func csr(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// enrol enrols by a token and checks what comes.
func (a *asker) enrol(token enrolment.Token, key *ecdsa.PrivateKey) (enrolment.Answer, *tls.Certificate) {
	a.Helper()
	a.to = token
	answer, p := a.ask(enrolment.EnrolPath, enrolment.Request{Token: token.String(), CSR: csr(a.T, key)}, nil)
	if p != nil {
		a.Fatal(p)
	}
	return answer, a.check(token.Node, answer, key)
}

// check checks an answer, and returns its certificate for use.
func (a *asker) check(node reading.NodeID, answer enrolment.Answer, key *ecdsa.PrivateKey) *tls.Certificate {
	a.Helper()
	leaf, err := x509.ParseCertificate(answer.Certificate)
	if err != nil {
		a.Fatal(err)
	}
	cas, err := trust.Authorities(answer.CAs)
	if err != nil {
		a.Fatal(err)
	}
	roots := x509.NewCertPool()
	for _, c := range cas {
		roots.AddCert(c)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: answer.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		a.Error(err)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) || leaf.Subject.CommonName != string(node) || len(leaf.URIs) != 1 || leaf.URIs[0].String() != "siaga:node:"+string(node) {
		a.Errorf("the certificate is for %v, %v", leaf.Subject, leaf.URIs)
	}
	if _, err := reading.ParseSiteCode(string(answer.Site)); err != nil || answer.Node != node {
		a.Errorf("node %q at %q", answer.Node, answer.Site)
	}
	if err := enrolment.CheckCenters(answer.Centers); err != nil {
		a.Error(err)
	}
	if !slices.ContainsFunc(cas, func(c *x509.Certificate) bool { return trust.Fingerprint(c) == a.to.CA }) {
		a.Error("the token's authority is not among those to trust")
	}
	if !answer.RenewAfter.After(leaf.NotBefore) || !answer.RenewAfter.Before(leaf.NotAfter) {
		a.Errorf("valid from %v to %v, to be renewed at %v", leaf.NotBefore, leaf.NotAfter, answer.RenewAfter)
	}
	return &tls.Certificate{Certificate: [][]byte{answer.Certificate}, PrivateKey: key, Leaf: leaf}
}

func (a *asker) refused(want enrolment.Code, token enrolment.Token, key *ecdsa.PrivateKey) {
	a.Helper()
	a.to = token
	if _, p := a.ask(enrolment.EnrolPath, enrolment.Request{Token: token.String(), CSR: csr(a.T, key)}, nil); p == nil || p.Code != want {
		a.Errorf("%v, want %s", p, want)
	}
}

func (a *asker) notRenewed(want enrolment.Code, own *tls.Certificate) {
	a.Helper()
	if _, p := a.ask(enrolment.RenewPath, enrolment.Request{CSR: csr(a.T, newKey())}, own); p == nil || p.Code != want {
		a.Errorf("%v, want %s", p, want)
	}
}

// forged is a token with a secret that the center did not make.
func (a *asker) forged(node reading.NodeID) enrolment.Token {
	token := a.rig.Token(node)
	token.Secret[0] ^= 1
	return token
}

func aCertificate(a *asker) { a.enrol(a.rig.Token("uji-01"), newKey()) }

func lostReply(a *asker) {
	token, key := a.rig.Token("uji-01"), newKey()
	first, own := a.enrol(token, key)
	again, _ := a.enrol(token, key)
	if !bytes.Equal(first.Certificate, again.Certificate) {
		a.Error("the same token with the same key gave another certificate")
	}
	if _, p := a.ask(enrolment.RenewPath, enrolment.Request{CSR: csr(a.T, newKey())}, own); p != nil {
		a.Error(p)
	}
}

func oneKey(a *asker) {
	token := a.rig.Token("uji-01")
	a.enrol(token, newKey())
	a.refused(enrolment.TokenUsed, token, newKey())
}

func oneNode(a *asker) {
	token := a.rig.Token("uji-01")
	a.rig.Token("uji-02")
	token.Node = "uji-02"
	a.refused(enrolment.TokenUnknown, token, newKey())
}

func withdrawn(a *asker) {
	token := a.rig.Token("uji-01")
	a.rig.Withdraw(token)
	a.refused(enrolment.TokenWithdrawn, token, newKey())
}

func expired(a *asker) {
	token := a.rig.Token("uji-01")
	a.rig.Expire(token)
	a.refused(enrolment.TokenExpired, token, newKey())
}

func retired(a *asker) {
	token := a.rig.Token("uji-01")
	_, own := a.enrol(token, newKey())
	a.rig.Retire("uji-01")
	a.notRenewed(enrolment.NodeRetired, own)
}

func garbage(a *asker) {
	a.to = a.rig.Token("uji-01")
	for _, q := range []enrolment.Request{
		{}, {Token: a.to.String()}, {Token: a.to.String(), CSR: []byte{1, 2, 3}}, {Token: "SIAGA1.x", CSR: csr(a.T, newKey())},
	} {
		if _, p := a.ask(enrolment.EnrolPath, q, nil); p == nil || p.Code != enrolment.BadRequest {
			a.Errorf("%+v: %v", q, p)
		}
	}
	a.enrol(a.to, newKey()) // the token is still good
}

func renewed(a *asker) {
	_, own := a.enrol(a.rig.Token("uji-01"), newKey())
	for range 2 {
		key := newKey()
		answer, p := a.ask(enrolment.RenewPath, enrolment.Request{CSR: csr(a.T, key)}, own)
		if p != nil {
			a.Fatal(p)
		}
		own = a.check("uji-01", answer, key)
	}
}

// renewedTwice: the node did not get the first answer, and has only its old
// certificate, for data and for the next attempt.
func renewedTwice(a *asker) {
	_, own := a.enrol(a.rig.Token("uji-01"), newKey())
	for range 2 {
		if _, p := a.ask(enrolment.RenewPath, enrolment.Request{CSR: csr(a.T, newKey())}, own); p != nil {
			a.Error(p)
		}
	}
}

func anonymous(a *asker) {
	a.to = a.rig.Token("uji-01")
	a.notRenewed(enrolment.NoCertificate, nil)
}

func stranger(a *asker) {
	a.to = a.rig.Token("uji-01")
	key := newKey()
	cert := NewAuthority("another", time.Now()).node("uji-01", &key.PublicKey, time.Now(), time.Hour)
	a.notRenewed(enrolment.NotOurs, &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert})
}

func enrolledAgain(a *asker) {
	_, old := a.enrol(a.rig.Token("uji-01"), newKey())
	_, own := a.enrol(a.rig.Token("uji-01"), newKey())
	a.notRenewed(enrolment.Revoked, old)
	if _, p := a.ask(enrolment.RenewPath, enrolment.Request{CSR: csr(a.T, newKey())}, own); p != nil {
		a.Error(p)
	}
}
