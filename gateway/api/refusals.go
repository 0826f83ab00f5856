package api

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/access"
)

// Why a request is turned away. Prometheus may ask how often:
//
//	siaga_http_refused_total{reason}   host: made to a name that is not this server's; origin: a change by another
//	                                   origin's page; form: one as any page can send it; body: too long; role: not
//	                                   for those of his role, or by a token that is not known; password: account and
//	                                   password, or the set-up link, are wrong; throttled: wrong too often; crowded:
//	                                   no place for another password or event stream
//
// Refused enrolments are counted by package authority, and what never becomes a
// request by package secure.
const (
	reasonHost      = "host"
	reasonOrigin    = "origin"
	reasonForm      = "form"
	reasonBody      = "body"
	reasonRole      = "role"
	reasonPassword  = "password"
	reasonThrottled = "throttled"
	reasonCrowded   = "crowded"
)

// newRefusals returns the counter, registered at r unless that is nil.
func newRefusals(r prometheus.Registerer) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "siaga_http_refused_total", Help: "Requests that were turned away, by reason.",
	}, []string{"reason"})
	for _, reason := range []string{reasonHost, reasonOrigin, reasonForm, reasonBody, reasonRole, reasonPassword, reasonThrottled, reasonCrowded} {
		c.WithLabelValues(reason)
	}
	if r != nil {
		r.MustRegister(c)
	}
	return c
}

// refused counts that somebody was turned away, and writes it down where that has
// not been done too often.
func (s *Server) refused(ctx context.Context, reason string, id access.Identity, action, why string) {
	s.refusals.WithLabelValues(reason).Inc()
	s.opt.Access.Refused(ctx, id, action, why)
}

// refusedByGuard is webguard.Options.Refused. Nobody has looked yet who it is.
func (s *Server) refusedByGuard(r *http.Request, reason string) {
	why := "made to the host name " + clip(r.Host)
	if reason == reasonOrigin {
		why = "by a page of the origin " + clip(r.Header.Get("Origin"))
	}
	s.refused(r.Context(), reason, access.Stranger(r), r.Method+" "+clip(r.URL.Path), why)
}
