package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/broker"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/secure"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
)

// SecureConfig is where other machines reach the center. Each address speaks
// HTTPS and MQTT over TLS.
type SecureConfig struct {
	// Addrs are host:port, such as 0.0.0.0:8883; none is reached from this machine
	// alone.
	Addrs []string `mapstructure:"addrs"`
	// Names are names and addresses by which nodes and people reach the center, each
	// with a port or without, in the order in which nodes are to try them. None:
	// where it listens.
	Names []string `mapstructure:"names"`
	// CertFile and KeyFile are a certificate by somebody else for people's browsers,
	// in PEM. It is taken over when the files change.
	CertFile string `mapstructure:"cert_file"`
	KeyFile  string `mapstructure:"key_file"`
}

func (c SecureConfig) validate() error {
	var errs []error
	for _, a := range c.Addrs {
		if _, _, err := net.SplitHostPort(a); err != nil {
			errs = append(errs, fmt.Errorf("secure.addrs: %q: want host:port, such as 0.0.0.0:8883", a))
		}
	}
	if len(c.Names) > enrolment.MaxCenters {
		errs = append(errs, fmt.Errorf("secure.names: %d: want at most %d", len(c.Names), enrolment.MaxCenters))
	}
	for _, n := range c.Names {
		with := n
		if _, _, err := net.SplitHostPort(n); err != nil {
			with = net.JoinHostPort(n, "1")
		}
		if enrolment.CheckCenters([]string{with}) != nil {
			errs = append(errs, fmt.Errorf("secure.names: %q: want a name or address, or one with a port: pusat.example, 10.20.0.2:443", n))
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		errs = append(errs, errors.New("secure.cert_file, secure.key_file: want both or neither"))
	}
	return errors.Join(errs...)
}

// openAuthority opens the certificate authority and listens at the secure
// addresses. Nobody is let in before Run.
func (c *Center) openAuthority(context.Context) error {
	s := c.cfg.Secure
	var err error
	c.authority, err = authority.Open(authority.Options{
		Dir: filepath.Join(c.cfg.dataDir(), "ca"), Registry: c.registry, Names: s.Names, Addrs: s.Addrs, Brokers: c.cfg.MQTT.Nodes,
		CertFile: s.CertFile, KeyFile: s.KeyFile, Metrics: c.metrics, Logger: c.log,
	})
	if err != nil || len(s.Addrs) == 0 {
		return err
	}
	c.door, err = secure.Listen(secure.Options{Addrs: s.Addrs, TLS: c.authority.TLS(secure.Protocols...), Logger: c.log})
	if err != nil {
		return err
	}
	watchDoor(c.metrics, c.door)
	c.authority.Listening(c.door.Addrs())
	return nil
}

// SecureAddrs are the secure addresses, with the ports that were really taken.
func (c *Center) SecureAddrs() []string {
	if c.door == nil {
		return nil
	}
	return c.door.Addrs()
}

// watchBarred ends the sessions of nodes whose certificates are revoked, or whose
// authority has ended.
func (c *Center) watchBarred(context.Context) error {
	c.authority.OnEnded(c.tellAuthorities)
	if own, ok := c.feed.(*ownBroker); ok {
		c.registry.OnBarred(func(node reading.NodeID) {
			if own.broker.CutNode(node) {
				c.log.Info("ended the session of a node whose certificate is revoked", "node", node)
			}
		})
	}
	return nil
}

// cutDevice ends a device's sessions, where it has any here.
func (c *Center) cutDevice(name string) {
	if own, ok := c.feed.(*ownBroker); ok {
		own.broker.CutAccount(name)
	}
}

// hosts are the names by which browsers and nodes may call this center.
func (c *Center) hosts() []string {
	all := append([]string{enrolment.ServerName}, c.cfg.HTTP.Hosts...)
	for _, n := range c.cfg.Secure.Names {
		if host, _, err := net.SplitHostPort(n); err == nil {
			n = host
		}
		all = append(all, n)
	}
	return all
}

// gate tells the broker who its clients are.
type gate struct {
	authority *authority.Authority
	registry  *registry.Registry
}

var _ broker.Gate = gate{}

// Node implements broker.Gate.
func (g gate) Node(peer tls.ConnectionState) (reading.NodeID, error) {
	node, _, err := g.authority.Node(peer)
	return node, err
}

// passwordTimeout bounds how long a device waits for its password to be looked at.
const passwordTimeout = 10 * time.Second

// Account implements broker.Gate.
func (g gate) Account(name, password, address string) (broker.Account, error) {
	ctx, cancel := context.WithTimeout(context.Background(), passwordTimeout)
	defer cancel()
	d, err := g.authority.CheckDevice(ctx, name, password, address)
	if err != nil {
		return broker.Account{}, err
	}
	return broker.Account{Name: d.Name, Ingester: d.Role == registry.IngesterDevice, Publish: d.Publish, Subscribe: d.Subscribe}, nil
}

// Enrolled implements broker.Gate.
func (g gate) Enrolled(node reading.NodeID) bool { return g.registry.Enrolled(node) }
