package enrolment

import (
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// ServerName is what nodes ask the center for (SNI) and what its certificate must
// be made out to, signed by an authority that the node knows: so addresses may
// change freely.
const ServerName = "center.siaga.internal"

// Where nodes ask, by POST with a Request as JSON over HTTPS. The answer is 200
// with an Answer, or a Problem.
const (
	// EnrolPath wants a token in the Request.
	EnrolPath = "/api/v1/enrolment"
	// RenewPath wants the node's client certificate, also an expired one, and no
	// token.
	RenewPath = "/api/v1/enrolment/renew"
)

// MaxBody bounds the JSON of requests and answers, in bytes.
const MaxBody = 64 << 10

// Request asks for a certificate.
type Request struct {
	// Token is a token's text; empty where a client certificate says who asks.
	Token string `json:"token,omitempty" doc:"the one-time token; left out where a client certificate says who asks"`
	// CSR is a PKCS #10 request in DER, for an ECDSA key on P-256. Its subject
	// decides nothing.
	CSR []byte `json:"csr" doc:"certificate request, PKCS #10 in DER"`
}

// Answer is a node's certificate and all that it needs besides.
type Answer struct {
	Node reading.NodeID   `json:"node"`
	Site reading.SiteCode `json:"site"`
	// Certificate is the leaf in DER.
	Certificate []byte `json:"certificate" doc:"the node's certificate in DER"`
	// CAs are all authorities to trust from now on, in DER; the others no more.
	CAs [][]byte `json:"cas" doc:"all authorities to trust, in DER"`
	// Centers are host:port, in the order to try them.
	Centers []string `json:"centers" doc:"host:port, in the order to try them"`
	// Brokers are where MQTT is spoken, as host:port; none: at Centers.
	Brokers []string `json:"brokers,omitempty" doc:"host:port of an external broker for nodes; absent: MQTT is spoken at centers"`
	// RenewAfter is when the node should ask for the next one: at two thirds.
	RenewAfter time.Time `json:"renew_after"`
	// Time is the center's, for nodes without a clock.
	Time time.Time `json:"time"`
}
