package api

import (
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/internal/webguard"
)

// The wall gets everything from this server and may be framed by nobody. Its
// map and charts set styles on elements, hence unsafe-inline for those.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func guard(hosts []string, next http.Handler) http.Handler {
	return webguard.Guard(webguard.Options{
		ContentPolicy: contentPolicy, Hosts: hosts,
		WrongHost: "this server does not answer for that host name; add it to the configured hosts",
	}, next)
}

// trusted lets those pass that know the token or are on this machine; others are
// told no.
func (s *Server) trusted(api huma.API, no string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		token, ok := strings.CutPrefix(ctx.Header("Authorization"), "Bearer ")
		if ok && s.opt.ReportToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(s.opt.ReportToken)) == 1 {
			next(ctx)
			return
		}
		if addr, err := netip.ParseAddrPort(ctx.RemoteAddr()); err == nil && addr.Addr().Unmap().IsLoopback() && !ok {
			next(ctx)
			return
		}
		if err := huma.WriteErr(api, ctx, http.StatusForbidden, no); err != nil {
			s.opt.Logger.Debug("write answer", "err", err)
		}
	}
}
