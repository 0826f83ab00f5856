package authority

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
)

// How long a token may be valid.
const (
	// DefaultTokenValidity is what a technician needs who is on his way.
	DefaultTokenValidity = 24 * time.Hour
	// MaxTokenValidity is a long tour, and within what a new authority is made
	// known before it issues: a token names the one that issues when it is made.
	MaxTokenValidity = distribution
	minTokenValidity = time.Minute
)

// Errors of NewToken.
var (
	ErrValidity = fmt.Errorf("a token is valid for %v to %v", minTokenValidity, MaxTokenValidity)
	// ErrNoAddress tells that nodes cannot reach the center.
	ErrNoAddress = errors.New("the center has no secure address: set secure.addrs, such as [\"0.0.0.0:8883\"], and restart it")
)

// NewToken makes a one-time token by which a node enrols within valid. Its text
// is a secret, told once; only a digest is kept. Errors: ErrValidity,
// ErrNoAddress, and those of registry.AddEnrolmentToken.
func (a *Authority) NewToken(ctx context.Context, by registry.Actor, node reading.NodeID, valid time.Duration) (registry.EnrolmentToken, enrolment.Token, error) {
	if valid < minTokenValidity || valid > MaxTokenValidity {
		return registry.EnrolmentToken{}, enrolment.Token{}, ErrValidity
	}
	centers := a.Centers()
	if len(centers) == 0 {
		return registry.EnrolmentToken{}, enrolment.Token{}, ErrNoAddress
	}
	all, now := a.now()
	t := enrolment.Token{Node: node, CA: all[all.issuer(now)].pin(), Centers: centers}
	_, _ = rand.Read(t.Secret[:]) // never fails
	kept := registry.EnrolmentToken{ID: strings.ToLower(rand.Text()[:10]), Node: node, Created: now, By: by.Name, Expires: now.Add(valid)}
	if err := a.opt.Registry.AddEnrolmentToken(ctx, by, kept, t.Digest()); err != nil {
		return registry.EnrolmentToken{}, enrolment.Token{}, err
	}
	return kept, t, nil
}

// Enrol gives a node a certificate for its token. address is where it asks from.
// A refusal is an *enrolment.Problem; any other error is the center's trouble,
// and the node is to ask again.
func (a *Authority) Enrol(ctx context.Context, address string, req enrolment.Request) (enrolment.Answer, error) {
	return a.attempt("enrol", address, func() (enrolment.Answer, error) {
		t, err := enrolment.ParseToken(req.Token)
		if err != nil {
			return enrolment.Answer{}, enrolment.Refuse(enrolment.BadRequest, err.Error())
		}
		key, err := parseCSR(req.CSR)
		if err != nil {
			return enrolment.Answer{}, err
		}
		done, err := a.opt.Registry.Enrol(ctx, registry.Enrolment{Node: t.Node, Digest: t.Digest(), Key: key.digest, Address: address},
			func(node reading.NodeID) (registry.Certificate, error) { return a.issue(node, key) })
		if err != nil {
			return enrolment.Answer{}, err
		}
		if len(done.Revoked) > 0 {
			a.opt.Logger.Warn("node was enrolled again: its earlier certificates are revoked", "node", t.Node, "address", address, "revoked", len(done.Revoked))
		}
		return a.answer(done.Certificate, done.Site)
	})
}

// Renew gives a node a further certificate, on the word of the one that it shows,
// which may have expired up to a year ago. The key may be another. Errors are as
// Enrol's.
func (a *Authority) Renew(ctx context.Context, address string, state tls.ConnectionState, req enrolment.Request) (enrolment.Answer, error) {
	return a.attempt("renew", address, func() (enrolment.Answer, error) {
		leaf, node, err := a.peer(state)
		if err != nil {
			return enrolment.Answer{}, err
		}
		if a.opt.Now().After(leaf.NotAfter.Add(renewable)) {
			return enrolment.Answer{}, enrolment.Refuse(enrolment.TooOld, "it expired more than a year ago: enrol the node by a new token")
		}
		key, err := parseCSR(req.CSR)
		if err != nil {
			return enrolment.Answer{}, err
		}
		c, site, err := a.opt.Registry.Renew(ctx, registry.Actor{Name: "node:" + string(node), Address: address}, node, serial(leaf), key.digest,
			a.fresh, func(node reading.NodeID) (registry.Certificate, error) { return a.issue(node, key) })
		if err != nil {
			return enrolment.Answer{}, err
		}
		a.saw(node, leaf)
		return a.answer(c, site)
	})
}

func (a *Authority) answer(c registry.Certificate, site reading.SiteCode) (enrolment.Answer, error) {
	leaf, err := parsePEM(c.PEM)
	if err != nil {
		return enrolment.Answer{}, fmt.Errorf("read certificate %s: %w", c.Serial, err)
	}
	all, now := a.now()
	out := enrolment.Answer{Node: c.Node, Site: site, Certificate: leaf.Raw, Centers: a.Centers(), Brokers: a.opt.Brokers, RenewAfter: renewAfter(leaf), Time: now.UTC()}
	for _, c := range all.trusted(now) {
		out.CAs = append(out.CAs, c.cert.Raw)
	}
	return out, nil
}

func parsePEM(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	return x509.ParseCertificate(block.Bytes)
}

// refusals are what nodes are told for each reason.
var refusals = []struct {
	err  error
	code enrolment.Code
}{
	{registry.ErrTokenUnknown, enrolment.TokenUnknown},
	{registry.ErrTokenExpired, enrolment.TokenExpired},
	{registry.ErrTokenWithdrawn, enrolment.TokenWithdrawn},
	{registry.ErrTokenUsed, enrolment.TokenUsed},
	{registry.ErrRetired, enrolment.NodeRetired},
	{registry.ErrRevoked, enrolment.Revoked},
	{registry.ErrNeverGiven, enrolment.NotOurs},
	{registry.ErrNotFound, enrolment.NotOurs},
	{registry.ErrTooOften, enrolment.Busy},
	{ErrNoCertificate, enrolment.NoCertificate},
	{ErrUnknownCA, enrolment.NotOurs},
	{ErrNotNode, enrolment.NotOurs},
	{ErrCSR, enrolment.BadRequest},
}

// attempt makes one request, where its address has not made too many in vain.
func (a *Authority) attempt(kind, address string, do func() (enrolment.Answer, error)) (enrolment.Answer, error) {
	if !a.attempts.begin(address, a.opt.Now()) {
		a.outcomes.WithLabelValues(kind, string(enrolment.Busy)).Inc()
		return enrolment.Answer{}, enrolment.Refuse(enrolment.Busy, "too many requests")
	}
	answer, err := do()
	if err == nil {
		a.attempts.succeeded(address)
		a.outcomes.WithLabelValues(kind, "issued").Inc()
		return answer, nil
	}
	var problem *enrolment.Problem
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			problem = enrolment.Refuse(r.code, err.Error())
			break
		}
	}
	if problem == nil && !errors.As(err, &problem) {
		a.attempts.succeeded(address) // it is not the asker's fault
		a.outcomes.WithLabelValues(kind, string(enrolment.Unavailable)).Inc()
		return enrolment.Answer{}, err
	}
	a.outcomes.WithLabelValues(kind, string(problem.Code)).Inc()
	a.opt.Logger.Warn("refused a certificate", "kind", kind, "code", problem.Code, "address", address, "err", problem.Detail)
	return enrolment.Answer{}, problem
}
