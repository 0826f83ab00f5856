package gateway

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

// order asks as `siaga` on the center's own machine does.
func order(t *testing.T, c *running, path, body string, answer any) {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(c.DataDir(), AdminTokenFile))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+c.HTTPAddr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	told(t, c.http, req, answer)
}

func told(t *testing.T, client *http.Client, req *http.Request, answer any) {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s: %s: %s, %v", req.URL.Path, resp.Status, b, err)
	}
	if answer != nil {
		if err := json.Unmarshal(b, answer); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
	}
}

// connect says CONNECT (MQTT 3.1.1 §3.1) and returns the answer's code (§3.2.2.3),
// or an error where there is none.
func connect(t *testing.T, addr, id string, opt trust.Options) (*tls.Conn, byte, error) {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, trust.Config(opt, enrolment.ServerName))
	if err != nil {
		return nil, 0, err
	}
	t.Cleanup(func() { _ = conn.Close() })
	packet := append([]byte{0x10, byte(12 + len(id)), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, byte(len(id))}, id...)
	if _, err := conn.Write(packet); err != nil {
		return nil, 0, err
	}
	answer := make([]byte, 4)
	if _, err := io.ReadFull(conn, answer); err != nil {
		return nil, 0, err
	}
	return conn, answer[3], nil
}

// enrolled adds a node and enrols it, and returns what it knows then, and its token.
func enrolled(t *testing.T, c *running, id string) (trust.Options, enrolment.Token) {
	t.Helper()
	order(t, c, "/api/v1/nodes", `{"node":"`+id+`","site":"35.05.12.1001"}`, nil)
	token := tokenOf(t, c, id)
	known, err := enrolBy(t, token)
	if err != nil {
		t.Fatal(err)
	}
	return known, token
}

// tokenOf makes a token for a node.
func tokenOf(t *testing.T, c *running, id string) enrolment.Token {
	t.Helper()
	var made struct{ Token string }
	order(t, c, "/api/v1/nodes/"+id+"/tokens", `{}`, &made)
	token, err := enrolment.ParseToken(made.Token)
	if err != nil || token.Centers[0] != c.SecureAddrs()[0] {
		t.Fatalf("%v, %v", token.Centers, err)
	}
	return token
}

// enrolBy shows a token with a new key; a refusal is an *enrolment.Problem.
func enrolBy(t *testing.T, token enrolment.Token) (known trust.Options, err error) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, new(x509.CertificateRequest), key)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(enrolment.Request{Token: token.String(), CSR: csr})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: trust.Config(trust.Options{Pin: &token.CA}, enrolment.ServerName)}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Post("https://"+token.Centers[0]+enrolment.EnrolPath, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		problem := new(enrolment.Problem)
		if err := json.NewDecoder(resp.Body).Decode(problem); err != nil {
			t.Fatal(err)
		}
		return known, problem
	}
	var answer enrolment.Answer
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	cas, err := trust.Authorities(answer.CAs)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(answer.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return trust.Options{Authorities: cas, Certificate: &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}}, nil
}

// TestNodeOverTLS goes the whole way at a real center: a node is added, enrols,
// speaks MQTT at the same address, and is thrown out when it is retired.
func TestNodeOverTLS(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Secure.Addrs = []string{"127.0.0.1:0"}
	c := run(t, cfg)
	addr := c.SecureAddrs()[0]
	known, _ := enrolled(t, c, "sutojayan-01")
	live, code, err := connect(t, addr, "sutojayan-01", known)
	if err != nil || code != 0 {
		t.Fatalf("code %d, %v", code, err)
	}
	for id, opt := range map[string]trust.Options{
		"lodoyo-02": known, "siaga-center": known, // another's name with its certificate
		"sutojayan-01": {Authorities: known.Authorities}, // its name without
	} {
		if _, code, err := connect(t, addr, id, opt); err == nil && code == 0 {
			t.Errorf("%s got in", id)
		}
	}
	began := time.Now()
	order(t, c, "/api/v1/nodes/sutojayan-01/retire", `{"reason":"dicuri"}`, nil)
	if err := live.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, live); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("its session goes on")
	}
	t.Logf("cut after %v", time.Since(began))
	if _, code, err := connect(t, addr, "sutojayan-01", known); err == nil && code == 0 {
		t.Error("it got in again")
	}
}
