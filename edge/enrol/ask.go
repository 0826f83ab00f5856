package enrol

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

const (
	// askLimit is how long one address may take, handshake and answer.
	askLimit = 15 * time.Second
	// dialLimit is how long it may take until somebody takes the connection.
	dialLimit = 5 * time.Second
)

// Attempt is an address that did not help, and why.
type Attempt struct {
	Address string
	Err     error
}

// UnreachedError: the center did not answer at any address. It is retryable.
type UnreachedError struct{ Attempts []Attempt }

func (e *UnreachedError) Error() string {
	var all []string
	for _, a := range e.Attempts {
		all = append(all, a.Address+": "+a.Err.Error())
	}
	return "the center was not reached: " + strings.Join(all, "; ")
}

// Unwrap returns why, for each address.
func (e *UnreachedError) Unwrap() (all []error) {
	for _, a := range e.Attempts {
		all = append(all, a.Err)
	}
	return all
}

// way is a list of addresses and how the center is known there.
type way struct {
	centers []string
	trust   trust.Options
}

// ask puts a request to the center by one way after the other, until an address
// answers for good. Errors: *UnreachedError, or *enrolment.Problem, which is
// final.
func ask(ctx context.Context, ways []way, path string, q enrolment.Request, tell func(Event)) (enrolment.Answer, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return enrolment.Answer{}, err
	}
	var failed UnreachedError
	for _, w := range ways {
		for _, address := range w.centers {
			tell(Event{Step: Asking, Address: address})
			a, err := post(ctx, w.trust, address, path, body)
			var problem *enrolment.Problem
			if err == nil || errors.As(err, &problem) && problem.Final() {
				return a, err
			}
			if ctx.Err() != nil {
				return a, fmt.Errorf("ask the center: %w", ctx.Err())
			}
			failed.Attempts = append(failed.Attempts, Attempt{address, err})
			tell(Event{Step: Unreached, Address: address, Err: err})
		}
	}
	return enrolment.Answer{}, &failed
}

// post asks one address.
func post(ctx context.Context, t trust.Options, address, path string, body []byte) (a enrolment.Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	transport := &http.Transport{
		DialContext:       (&net.Dialer{Timeout: dialLimit}).DialContext,
		TLSClientConfig:   trust.Config(t, enrolment.ServerName),
		DisableKeepAlives: true,
	}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+path, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Accept", "application/json, application/problem+json")
	res, err := client.Do(q)
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, enrolment.MaxBody))
	if err != nil {
		return a, fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		p := &enrolment.Problem{}
		if err := json.Unmarshal(text, p); err != nil || p.Code == "" {
			return a, fmt.Errorf("the center answers %s", res.Status)
		}
		return a, p
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, fmt.Errorf("read the answer: %w", err)
	}
	return a, nil
}

// request asks for a certificate for key.
func request(key *ecdsa.PrivateKey, token string) (enrolment.Request, error) {
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return enrolment.Request{}, fmt.Errorf("make a certificate request: %w", err)
	}
	return enrolment.Request{Token: token, CSR: csr}, nil
}

// AnswerError: the center answered with something that does not fit what was asked.
type AnswerError struct{ Err error }

func (e *AnswerError) Error() string { return "the center's answer is of no use: " + e.Err.Error() }

// Unwrap returns what does not fit.
func (e *AnswerError) Unwrap() error { return e.Err }

// accept turns an answer into what is stored, once it is found to be good.
func accept(a enrolment.Answer, key *ecdsa.PrivateKey) (t stored, err error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return t, err
	}
	t = stored{
		Node: a.Node, Site: a.Site, Key: der, Certificate: a.Certificate,
		List: list{a.CAs, a.Centers, a.Brokers}, RenewAfter: a.RenewAfter, Told: a.Time,
	}
	id, err := t.identity()
	if err != nil {
		return t, &AnswerError{err}
	}
	roots := x509.NewCertPool()
	for _, c := range id.Authorities {
		roots.AddCert(c)
	}
	leaf := id.Certificate.Leaf
	if _, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: leaf.NotBefore, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		return t, &AnswerError{err}
	}
	return t, nil
}
