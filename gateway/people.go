package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/internal/secret"
	"github.com/siaga-id/siaga/internal/wholefile"
)

// AdminTokenFile is the file in the data directory that holds the token by which
// `siaga` on the center's own machine may change things. Whoever can read it can
// read the registry too. Each start of the center writes a new one.
const AdminTokenFile = "admin.token"

// SetupLinkFile is the file in the data directory that holds the set-up link of a
// center that was started by nobody who looks on, while the link is good.
const SetupLinkFile = "setup.link"

// openAccess makes ready for people and programs who show who they are.
func (c *Center) openAccess(ctx context.Context) error {
	report, err := secret.Read("http.report_token_file", c.cfg.HTTP.ReportTokenFile)
	if err != nil {
		return err
	}
	dir := wholefile.Dir(c.cfg.dataDir())
	own := access.NewToken(access.SystemTokenID)
	if err := wholefile.Replace(dir, AdminTokenFile, []byte(own+"\n")); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	// Each start ends the link of the one before.
	if err := dir.Remove(SetupLinkFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("data_dir: %w", err)
	}
	c.people, err = access.New(ctx, access.Options{
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

// SetupURLs are the same link as this machine's browser opens it, and where there is
// a secure address, as other machines do; none while there is an admin.
func (c *Center) SetupURLs() []string {
	if c.setup == "" {
		return nil
	}
	all := []string{c.SetupURL()}
	if centers := c.authority.Centers(); len(centers) > 0 {
		all = append(all, "https://"+centers[0]+"/masuk#setup="+c.setup)
	}
	return all
}

// KeepSetupURL writes SetupURLs, a line each, into SetupLinkFile, which only the
// center's user and root can read, and returns the file's name; "" while there is an
// admin. Run takes it away when the link is no longer good. It is to be called before
// Run.
func (c *Center) KeepSetupURL() (file string, err error) {
	if c.setup == "" {
		return "", nil
	}
	if err := wholefile.Replace(wholefile.Dir(c.DataDir()), SetupLinkFile, []byte(strings.Join(c.SetupURLs(), "\n")+"\n")); err != nil {
		return "", fmt.Errorf("write set-up link: %w", err)
	}
	c.setupKept = true
	return filepath.Join(c.DataDir(), SetupLinkFile), nil
}

// setupEvery is how often it is looked whether the kept set-up link is still good.
const setupEvery = time.Second

// dropSetupURL removes SetupLinkFile when its link was used, is too old, or an
// admin was made in another way, at the latest when ctx ends. Where it cannot, that is
// logged: the link is no good any more, and readings come in.
func (c *Center) dropSetupURL(ctx context.Context) {
	if !c.setupKept {
		return
	}
	again := time.NewTicker(setupEvery)
	defer again.Stop()
	for open := true; open; {
		select {
		case <-ctx.Done():
			open = false
		case <-again.C:
			still, err := c.people.SetupIsOpen(ctx, c.setup)
			open = still || err != nil // an error says nothing about the link
		}
	}
	if err := wholefile.Dir(c.DataDir()).Remove(SetupLinkFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.log.Error("remove set-up link", "err", err)
	}
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
