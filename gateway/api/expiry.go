package api

import (
	"context"
	"time"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/registry"
)

// What an Expiry is, beside what package authority knows.
const (
	// ExpiryToken is an access token, by its ID and name.
	ExpiryToken = "token"
	// ExpiryFile is a certificate in a file, by the key of the configuration.
	ExpiryFile = "file"
	// ExpiryPeer is a certificate that a server has shown us, by the key of the
	// configuration that names the server.
	ExpiryPeer = "peer"
)

// Expiry is something that ends.
type Expiry struct {
	// What is ExpiryToken, ExpiryFile, ExpiryPeer, or as authority.Expiry has it.
	What, Name string
	When       time.Time
}

type expiryBody struct {
	What string `json:"what" enum:"ca,server,given,node,token,file,peer" doc:"given: the certificate in secure.cert_file; node: one that is not renewed though it is time; token: an access token; file: a certificate in a file of the configuration; peer: that of an external broker or InfluxDB"`
	Name string `json:"name"`
	When stamp  `json:"when"`
	Soon bool   `json:"soon" doc:"within 30 days, or past"`
}

// soon is how long before its end people are warned of something.
const soon = 30 * 24 * time.Hour

func (s *Server) expiries(ctx context.Context) ([]expiryBody, error) {
	now := s.opt.Now()
	out := []expiryBody{}
	if s.opt.Authority != nil {
		all, err := s.opt.Authority.Expiries(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			out = append(out, expiryBody{e.What, e.Name, stamp{e.When}, e.When.Sub(now) < soon})
		}
	}
	if s.opt.Expiries != nil {
		for _, e := range s.opt.Expiries() {
			out = append(out, expiryBody{e.What, e.Name, stamp{e.When}, e.When.Sub(now) < soon})
		}
	}
	if !access.From(ctx).May(access.Admin) {
		return out, nil // whose tokens there are is told to nobody else
	}
	tokens, err := s.opt.Registry.AccessTokens(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		if tokenEndsSoon(t, now) {
			out = append(out, expiryBody{ExpiryToken, t.ID + " " + t.Name, stamp{t.Expires}, true})
		}
	}
	return out, nil
}

// tokenEndsSoon says whether people are to be told of a token: ahead of its end,
// and for as long after it, since something may have stood still with it. One that
// was made for less is told of in the last third of its life.
func tokenEndsSoon(t registry.AccessToken, now time.Time) bool {
	if t.Expires.IsZero() || !t.Revoked.IsZero() {
		return false
	}
	ahead := soon
	if life := t.Expires.Sub(t.Created); life <= soon {
		ahead = life / 3
	}
	left := t.Expires.Sub(now)
	return left < ahead && left > -ahead
}
