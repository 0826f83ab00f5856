package enrolment

import "net/http"

// Code says why the center refuses, for programs.
type Code string

// Why the center refuses. All but Busy and Unavailable are final: asking again
// changes nothing.
const (
	BadRequest     Code = "bad_request"     // the request cannot be read, or its key is of another kind
	TokenUnknown   Code = "token_unknown"   // never made here, or long gone
	TokenExpired   Code = "token_expired"   //
	TokenWithdrawn Code = "token_withdrawn" // by a technician, or by a newer token
	TokenUsed      Code = "token_used"      // with another key
	NodeRetired    Code = "node_retired"    //
	NoCertificate  Code = "no_certificate"  // renewal without a client certificate
	NotOurs        Code = "not_ours"        // a certificate of another authority, or not a node's
	Revoked        Code = "revoked"         // the certificate was revoked or replaced
	TooOld         Code = "too_old"         // expired for longer than renewal is possible
	Busy           Code = "busy"            // asked too often: later
	Unavailable    Code = "unavailable"     // the center cannot at the moment: later
)

var statuses = map[Code]int{
	BadRequest: http.StatusBadRequest, TokenUnknown: http.StatusUnauthorized, TokenExpired: http.StatusGone,
	TokenWithdrawn: http.StatusGone, TokenUsed: http.StatusConflict, NodeRetired: http.StatusForbidden,
	NoCertificate: http.StatusUnauthorized, NotOurs: http.StatusUnauthorized, Revoked: http.StatusForbidden,
	TooOld: http.StatusForbidden, Busy: http.StatusTooManyRequests, Unavailable: http.StatusServiceUnavailable,
}

// Problem is a refusal as JSON (RFC 9457, with a code). It is an error that an
// HTTP handler can return as it is. It must not hold the token.
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	Code   Code   `json:"code"`
}

// Refuse returns the refusal with its HTTP status. detail is English, for logs.
func Refuse(code Code, detail string) *Problem {
	status, known := statuses[code]
	if !known {
		status = http.StatusInternalServerError
	}
	return &Problem{Status: status, Title: http.StatusText(status), Detail: detail, Code: code}
}

// Final reports whether asking again changes nothing.
func (p *Problem) Final() bool {
	_, known := statuses[p.Code]
	return known && p.Code != Busy && p.Code != Unavailable
}

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457, whatever the client prefers.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func (p *Problem) Error() string {
	if p.Detail == "" {
		return "the center refuses: " + string(p.Code)
	}
	return "the center refuses: " + string(p.Code) + ": " + p.Detail
}
