package gateway

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/internal/secret"
	"github.com/siaga-id/siaga/internal/wholefile"
)

// AdminTokenFile is the file in the data directory that holds the token by which
// `siaga` on the center's own machine may change things. Whoever can read it can
// read the registry too. Each start of the center writes a new one.
const AdminTokenFile = "admin.token"

// openAccess makes ready for people and programs who show who they are.
func (c *Center) openAccess(ctx context.Context) error {
	report, err := secret.Read("http.report_token_file", c.cfg.HTTP.ReportTokenFile)
	if err != nil {
		return err
	}
	own := access.NewToken(access.SystemTokenID)
	if err := wholefile.Replace(wholefile.Dir(c.cfg.dataDir()), AdminTokenFile, []byte(own+"\n")); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	c.people, err = access.New(access.Options{
		Registry: c.registry, Open: c.cfg.HTTP.Open, SystemToken: own, ReportToken: strings.TrimSpace(report), Logger: c.log,
	})
	if err != nil {
		return err
	}
	c.setup, err = c.people.OpenSetup(ctx)
	return err
}

// SetupURL is the one-time link by which the first admin makes an account, good
// for 24 hours; "" while there is an admin. It is a secret: it is for the screen
// of whoever starts the center, and for no log.
func (c *Center) SetupURL() string {
	if c.setup == "" {
		return ""
	}
	return "http://" + reachable(c.HTTPAddr()) + "/masuk#setup=" + c.setup
}

// reachable is an address that a browser on this machine can open for one that
// somebody listens to.
func reachable(addr string) string {
	at, err := netip.ParseAddrPort(addr)
	if err != nil || !at.Addr().IsUnspecified() {
		return addr
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(at.Port()))
}
