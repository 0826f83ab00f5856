package tsdb

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// guard refuses what a browser sends on behalf of a page. The server listens on
// this machine only, but so does the browser that shows the wall: any page in
// it could otherwise write readings or read them. A Host that is a name was
// resolved by somebody else (DNS rebinding); an Origin or a cross-site fetch
// comes from a page.
func (e *Engine) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reason := refusal(r); reason != "" {
			e.refused.Add(1)
			writeError(w, http.StatusForbidden, reason)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refusal says why r must not be answered, or "".
func refusal(r *http.Request) string {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !isLoopback(host) {
		return "refused: Host must be this machine's loopback address"
	}
	if origin, sent := r.Header["Origin"]; sent {
		if len(origin) != 1 || !strings.EqualFold(origin[0], "http://"+r.Host) {
			return refusedPage
		}
	}
	if anotherPage(r) {
		return refusedPage
	}
	return ""
}

const refusedPage = "refused: pages of other origins may not use this server"

// anotherPage says whether a browser says that another origin's page makes r.
func anotherPage(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	return true
}

// isAdmin says whether r carries the admin token. The sums make the comparison
// take the same time whatever the lengths.
func (e *Engine) isAdmin(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Token ")
	if !ok || e.opt.AdminToken == "" {
		return false
	}
	given, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(e.opt.AdminToken))
	return subtle.ConstantTimeCompare(given[:], want[:]) == 1
}
