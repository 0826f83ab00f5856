// Package webguard keeps other people's web pages from using our servers through
// the browsers of those who may: it refuses requests of another origin and under
// a host name that is not ours, and sets the headers that keep our own pages to
// themselves.
//
// It must not know who a person is: that is asked behind it.
package webguard

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Options are what differs between servers.
type Options struct {
	// ContentPolicy is the Content-Security-Policy of every answer.
	ContentPolicy string
	// Hosts are the names, in lower case, by which browsers may call this server.
	// Addresses and localhost always may.
	Hosts []string
	// WrongHost is what a person reads who called it by another name.
	WrongHost string
	// Refused is told of every request that does not pass, and why: "host" or
	// "origin". nil: nobody is.
	Refused func(r *http.Request, reason string)
}

// Guard lets only requests pass that a page of another origin cannot make.
func Guard(opt Options, next http.Handler) http.Handler {
	refused := opt.Refused
	if refused == nil {
		refused = func(*http.Request, string) {}
	}
	// Refuses changes that a browser says are another origin's.
	own := http.NewCrossOriginProtection()
	own.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refused(r, "origin")
		http.Error(w, "a page of another origin may change nothing here", http.StatusForbidden)
	}))
	next = own.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", opt.ContentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if !ownHost(r.Host, opt.Hosts) {
			refused(r, "host")
			http.Error(w, opt.WrongHost, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ownHost reports whether a request's Host can be meant for us. A name could be
// made to resolve to this machine by whoever owns it, so that a browser takes
// his page and us for one origin; an address could not.
func ownHost(host string, hosts []string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || slices.Contains(hosts, name)
}
