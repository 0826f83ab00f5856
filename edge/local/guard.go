package local

import (
	"net/http"

	"github.com/siaga-id/siaga/internal/webguard"
)

// The page gets everything from this server and may be framed by nobody.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func guard(hosts []string, next http.Handler) http.Handler {
	return webguard.Guard(webguard.Options{
		ContentPolicy: contentPolicy, Hosts: hosts,
		WrongHost: "this node does not answer for that host name; use its address",
	}, next)
}
