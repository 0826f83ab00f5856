package api

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/authority/authoritytest"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

// vouched is a center with a certificate authority and a node in its inventory.
func vouched(t *testing.T) (*center, *authority.Authority) {
	t.Helper()
	var a *authority.Authority
	c := build(t, time.Now, func(o *Options) {
		a = authoritytest.New(t, authority.Options{Registry: o.Registry, Now: o.Now, Logger: o.Logger})
		o.Authority = a
	})
	if err := c.reg.Claim(t.Context(), "sutojayan-01", authoritytest.Site); err != nil {
		t.Fatal(err)
	}
	return c, a
}

// serve lets the center speak HTTPS until the test ends, and returns where.
func (c *center) serve(t *testing.T, a *authority.Authority) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx, tls.NewListener(ln, a.TLS("http/1.1"))) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "https://" + ln.Addr().String()
}

// askAsNode is a node's request; it returns the answer or the refusal.
func askAsNode(t *testing.T, url string, opt trust.Options, req enrolment.Request) (enrolment.Answer, enrolment.Problem) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: trust.Config(opt, enrolment.ServerName)}
	defer transport.CloseIdleConnections()
	body, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: transport}).Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer enrolment.Answer
	var problem enrolment.Problem
	if resp.StatusCode == 200 {
		err = json.Unmarshal(b, &answer)
	} else {
		err = json.Unmarshal(b, &problem)
		if resp.StatusCode != problem.Status || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s as %s: %s", resp.Status, resp.Header.Get("Content-Type"), b)
		}
	}
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return answer, problem
}

func (c *center) newToken(t *testing.T) (id string, token enrolment.Token) {
	t.Helper()
	w := c.do("POST", "/api/v1/nodes/sutojayan-01/tokens", `{"valid_s":3600}`)
	var made struct {
		ID, Token string
		Expires   time.Time
	}
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	token, err := enrolment.ParseToken(made.Token)
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(made.Expires); left < 50*time.Minute || left > time.Hour {
		t.Errorf("expires in %v", left)
	}
	return made.ID, token
}

// TestEnrolmentOverTLS is the whole way of a node: a first contact that knows
// nothing but the token, and a renewal by the certificate that it got.
func TestEnrolmentOverTLS(t *testing.T) {
	c, a := vouched(t)
	url := c.serve(t, a)
	_, token := c.newToken(t)
	key, csr := authoritytest.CSR(t)
	first := trust.Options{Pin: &token.CA}
	answer, no := askAsNode(t, url+enrolment.EnrolPath, first, enrolment.Request{Token: token.String(), CSR: csr})
	if answer.Node != "sutojayan-01" || answer.Site != authoritytest.Site || len(answer.CAs) != 1 || answer.Centers[0] != "127.0.0.1:8883" {
		t.Fatalf("%+v, %+v", answer, no)
	}
	again, no := askAsNode(t, url+enrolment.EnrolPath, first, enrolment.Request{Token: token.String(), CSR: csr})
	if !bytes.Equal(again.Certificate, answer.Certificate) {
		t.Errorf("a lost reply: %+v", no)
	}
	_, other := authoritytest.CSR(t)
	if _, no := askAsNode(t, url+enrolment.EnrolPath, first, enrolment.Request{Token: token.String(), CSR: other}); no.Code != enrolment.TokenUsed || no.Status != 409 {
		t.Errorf("with another key: %+v", no)
	}

	cas, err := trust.Authorities(answer.CAs)
	if err != nil {
		t.Fatal(err)
	}
	known := trust.Options{Authorities: cas}
	if _, no := askAsNode(t, url+enrolment.RenewPath, known, enrolment.Request{CSR: csr}); no.Code != enrolment.NoCertificate {
		t.Errorf("renewal without a certificate: %+v", no)
	}
	known.Certificate = certificate(t, answer.Certificate, key)
	renewed, no := askAsNode(t, url+enrolment.RenewPath, known, enrolment.Request{CSR: other})
	if renewed.Node != "sutojayan-01" || bytes.Equal(renewed.Certificate, answer.Certificate) {
		t.Errorf("renewal with another key: %+v", no)
	}
	if w := c.do("POST", "/api/v1/nodes/sutojayan-01/retire", `{"reason":"dicuri"}`); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if _, no := askAsNode(t, url+enrolment.RenewPath, known, enrolment.Request{CSR: csr}); no.Code != enrolment.NodeRetired {
		t.Errorf("retired: %+v", no)
	}
	if log := c.log.String(); strings.Contains(log, enrolment.Prefix) {
		t.Errorf("the log holds a token: %s", log)
	}
}

func certificate(t *testing.T, der []byte, key *ecdsa.PrivateKey) *tls.Certificate {
	t.Helper()
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestRenewalByHeader: nobody is a node because he says so, on a plain connection
// or by what a proxy would say.
func TestRenewalByHeader(t *testing.T) {
	c, _ := vouched(t)
	_, csr := authoritytest.CSR(t)
	body, err := json.Marshal(enrolment.Request{CSR: csr})
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"X-Client-Cert", "X-SSL-Client-Cert", "X-Forwarded-Client-Cert", "Authorization"} {
		if w := c.do("POST", enrolment.RenewPath, string(body), header, "CN=sutojayan-01"); w.Code != 401 {
			t.Errorf("%s: %d %s", header, w.Code, w.Body)
		}
	}
}

func TestTokensOverHTTP(t *testing.T) {
	c, _ := vouched(t)
	id, token := c.newToken(t)
	w := c.do("GET", "/api/v1/nodes/sutojayan-01/tokens", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), id) || strings.Contains(w.Body.String(), token.String()) || !strings.Contains(w.Body.String(), `"by":"system"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, tc := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/api/v1/nodes/tak-ada/tokens", `{}`, 404},
		{"POST", "/api/v1/nodes/sutojayan-01/tokens", `{"valid_s":1}`, 422},
		{"POST", "/api/v1/nodes/sutojayan-01/tokens", `{"valid_s":99999999}`, 422},
		{"POST", "/api/v1/nodes/sutojayan-01/tokens", `{}`, 201},
		{"DELETE", "/api/v1/enrolment/tokens/" + id, "", 204},
		{"DELETE", "/api/v1/enrolment/tokens/" + id, "", 204},
		{"DELETE", "/api/v1/enrolment/tokens/tak-ada", "", 404},
		{"POST", enrolment.EnrolPath, `{"token":"` + token.String() + `","csr":""}`, 422},
		{"POST", enrolment.EnrolPath, `{"token":"x","csr":"AA=="}`, 400},
		{"POST", enrolment.EnrolPath, `{"csr":"AA=="}`, 400},
		{"POST", enrolment.EnrolPath, `{`, 400},
	} {
		if w := c.do(tc.method, tc.path, tc.body); w.Code != tc.want {
			t.Errorf("%s %s %s: %d %s", tc.method, tc.path, tc.body, w.Code, w.Body)
		}
	}
	_, csr := authoritytest.CSR(t)
	body, err := json.Marshal(enrolment.Request{Token: token.String(), CSR: csr})
	if err != nil {
		t.Fatal(err)
	}
	if w := c.do("POST", enrolment.EnrolPath, string(body), "Remote", "203.0.113.5:99"); w.Code != 410 || !strings.Contains(w.Body.String(), "token_withdrawn") {
		t.Errorf("withdrawn: %d %s", w.Code, w.Body)
	}
}

// TestNotForEverybody: what is not a node's needs its role.
func TestNotForEverybody(t *testing.T) {
	c, _ := vouched(t)
	for _, path := range []string{
		"POST /api/v1/nodes/sutojayan-01/tokens", "GET /api/v1/nodes/sutojayan-01/tokens", "DELETE /api/v1/enrolment/tokens/x",
		"GET /api/v1/nodes/sutojayan-01/certificates", "GET /api/v1/ca", "POST /api/v1/ca/rotate",
		"GET /api/v1/devices", "POST /api/v1/devices", "PATCH /api/v1/devices/x", "DELETE /api/v1/devices/x",
	} {
		method, target, _ := strings.Cut(path, " ")
		if w := c.do(method, target, `{}`, "Remote", "203.0.113.5:99"); w.Code != 401 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestAuthoritiesOverHTTP(t *testing.T) {
	c, a := vouched(t)
	authoritytest.Node(t, a, c.reg, "sutojayan-01")
	if w := c.do("GET", "/api/v1/nodes/sutojayan-01/certificates", ""); w.Code != 200 || strings.Count(w.Body.String(), `"serial"`) != 1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for want, rotate := range []bool{true, true} {
		w := c.do("POST", "/api/v1/ca/rotate", "")
		if rotate && want == 0 && (w.Code != 200 || strings.Count(w.Body.String(), `"pem"`) != 2) || want == 1 && w.Code != 409 {
			t.Errorf("rotation %d: %d %s", want, w.Code, w.Body)
		}
	}
	w := c.do("GET", "/api/v1/ca", "")
	if w.Code != 200 || strings.Count(w.Body.String(), `"issues":true`) != 1 || strings.Contains(w.Body.String(), "PRIVATE") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = c.do("GET", "/api/v1/status", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"what":"ca"`) || strings.Contains(w.Body.String(), `"soon":true`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
