package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/index"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/device"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// Config is the configuration file of `siaga up`. Keys are the struct tags;
// durations are written as Go writes them ("720h").
type Config struct {
	// DataDir holds everything that the center keeps. It is made as real or as
	// demo at the first start and refuses to be the other. Empty means
	// ./siaga-data, or ./siaga-demo for a demo center.
	DataDir string        `mapstructure:"data_dir"`
	HTTP    HTTPConfig    `mapstructure:"http"`
	MQTT    MQTTConfig    `mapstructure:"mqtt"`
	Secure  SecureConfig  `mapstructure:"secure"`
	Influx  InfluxConfig  `mapstructure:"influx"`
	Ingest  ingest.Config `mapstructure:"ingest"`
	Index   index.Config  `mapstructure:"index"`
	// Devices names what devices of other makers publish.
	Devices device.Config `mapstructure:"devices"`
}

// HTTPConfig is where the wall and the API are.
type HTTPConfig struct {
	Addr string `mapstructure:"addr"`
	// Hosts are names, beside localhost, that browsers may use for this center.
	Hosts []string `mapstructure:"hosts"`
	// Open says who may read without signing in: auto, everybody on this machine;
	// yes, everybody; no, nobody.
	Open access.Open `mapstructure:"open"`
	// ReportTokenFile holds the token by which ingesters on other machines report.
	ReportTokenFile string `mapstructure:"report_token_file"`
	// PlainBeyondLoopback allows an Addr that other machines reach, without
	// encryption: whoever reads along there learns passwords and sessions.
	PlainBeyondLoopback bool `mapstructure:"plain_beyond_loopback"`
}

// MQTTConfig is the embedded broker's address, or with a url the external broker
// to use instead of it.
type MQTTConfig struct {
	Addr        string `mapstructure:"addr"`
	mqtt.Config `mapstructure:",squash"`
	// Group is the share group of the ingesters at an external broker.
	Group string `mapstructure:"group"`
	// Nodes are where nodes find the external broker, host:port, in the order to try
	// them: enrolments and renewals tell it.
	Nodes []string `mapstructure:"nodes"`
	// PlainBeyondLoopback allows an Addr that other machines reach, without
	// encryption: whoever reads along there learns passwords.
	PlainBeyondLoopback bool `mapstructure:"plain_beyond_loopback"`
}

// InfluxConfig is the embedded engine's address, or with a url the external
// InfluxDB to use instead of it.
type InfluxConfig struct {
	Addr string `mapstructure:"addr"`
	// Retention is how long the embedded engine keeps readings; 0 is for ever.
	Retention time.Duration `mapstructure:"retention"`
	// ReserveBytes of the disk are left free by the embedded engine; 0 is 32 to
	// 256 MiB, as the machine has memory, negative none.
	ReserveBytes    int64 `mapstructure:"reserve_bytes"`
	influx.Settings `mapstructure:",squash"`
}

// DefaultConfig is what a configuration file is decoded over.
func DefaultConfig() Config {
	return Config{
		HTTP:   HTTPConfig{Addr: "127.0.0.1:8088", Open: access.OpenAuto},
		MQTT:   MQTTConfig{Addr: "127.0.0.1:1883", Group: "siaga"},
		Influx: InfluxConfig{Addr: "127.0.0.1:8086", Settings: influx.Settings{Database: "siaga"}},
		Ingest: ingest.Config{Name: "center"},
	}
}

// onlyHere says whether only this machine reaches an address. Only literal addresses
// and "localhost" are taken for that: any other name may be pointed anywhere.
func onlyHere(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return true // listening tells what is wrong with it
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// exposures are the settings by which something goes over the network unencrypted.
func (c Config) exposures() []api.Exposure {
	all := []api.Exposure{}
	add := func(open bool, key, addr, risk string) {
		if open {
			all = append(all, api.Exposure{Setting: key, Addr: addr, Risk: risk})
		}
	}
	add(!onlyHere(c.HTTP.Addr), "http.plain_beyond_loopback", c.HTTP.Addr,
		"HTTP is not encrypted there, and whoever reads along learns passwords and sessions")
	add(c.ownBroker() && !onlyHere(c.MQTT.Addr), "mqtt.plain_beyond_loopback", c.MQTT.Addr,
		"MQTT is not encrypted there, and whoever reads along learns passwords")
	for _, u := range append([]string{c.MQTT.URL}, c.MQTT.URLs...) {
		add(plainURL(u), "mqtt.url", u, "MQTT is not encrypted on the way to the broker, and whoever is on it learns the password and can change readings")
	}
	add(plainURL(c.Influx.URL), "influx.url", c.Influx.URL,
		"HTTP is not encrypted on the way to InfluxDB, and whoever is on it learns the token and can change readings")
	return all
}

// plainURL says whether a service on another machine is spoken to unencrypted.
func plainURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false // opening tells what is wrong with it
	}
	return (u.Scheme == "tcp" || u.Scheme == "mqtt" || u.Scheme == "http") && !onlyHere(net.JoinHostPort(u.Hostname(), "1"))
}

// dataDir returns DataDir or its default.
func (c Config) dataDir() string {
	switch {
	case c.DataDir != "":
		return c.DataDir
	case c.Ingest.Demo:
		return "./siaga-demo"
	}
	return "./siaga-data"
}

// Embedded parts.
func (c Config) ownBroker() bool { return c.MQTT.URL == "" }
func (c Config) ownInflux() bool { return c.Influx.URL == "" }

// ingests reports whether this process takes packs in. Between an external
// broker and an external InfluxDB that is the work of `siaga ingest`.
func (c Config) ingests() bool { return c.ownBroker() || c.ownInflux() }

// Validate returns every mistake in c that can be known without opening
// anything, each naming its key and the remedy.
func (c Config) Validate() error {
	var errs []error
	if c.HTTP.Addr == "" {
		errs = append(errs, errors.New("http.addr: empty: want an address such as 127.0.0.1:8088"))
	}
	if c.HTTP.Addr != "" && !c.HTTP.PlainBeyondLoopback && !onlyHere(c.HTTP.Addr) {
		errs = append(errs, fmt.Errorf("http.addr: %s: it is not encrypted and stays on this machine: use a loopback address such as 127.0.0.1:8088, and secure.addrs for other machines; http.plain_beyond_loopback: true allows it in a network that is guarded otherwise", c.HTTP.Addr))
	}
	if o := c.HTTP.Open; o != access.OpenAuto && o != access.OpenYes && o != access.OpenNo {
		errs = append(errs, fmt.Errorf("http.open: %q: want auto (who is on this machine may read), yes (everybody may) or no (all sign in)", o))
	}
	if c.ownBroker() && c.MQTT.Addr == "" {
		errs = append(errs, errors.New("mqtt.addr: empty: want an address such as 127.0.0.1:1883, or mqtt.url for an external broker"))
	}
	// It is one level of a subscription: $share/<group>/siaga/…
	if c.MQTT.Group == "" || strings.ContainsAny(c.MQTT.Group, "/+#") {
		errs = append(errs, fmt.Errorf("mqtt.group: %q: want a name without /, + and #, the same for all ingesters of a center", c.MQTT.Group))
	}
	if len(c.MQTT.Nodes) > 0 {
		if c.ownBroker() {
			errs = append(errs, errors.New("mqtt.nodes: is for an external broker, which mqtt.url names: leave it out"))
		}
		if err := enrolment.CheckCenters(c.MQTT.Nodes); err != nil {
			errs = append(errs, fmt.Errorf("mqtt.nodes: %w", err))
		}
	}
	if c.ownInflux() && c.Influx.Addr == "" {
		errs = append(errs, errors.New("influx.addr: empty: want an address such as 127.0.0.1:8086, or influx.url for an external InfluxDB"))
	}
	if c.Influx.Retention != 0 && c.Influx.Retention < time.Hour {
		errs = append(errs, fmt.Errorf("influx.retention: %v is below 1h: 0 keeps readings for ever", c.Influx.Retention))
	}
	if c.Influx.Database == "" && c.Influx.Bucket == "" {
		errs = append(errs, errors.New("influx.database: empty: want a name such as siaga"))
	}
	if err := c.Secure.validate(); err != nil {
		errs = append(errs, err)
	}
	if err := c.Ingest.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("ingest.%w", err))
	}
	if err := c.Index.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("index.%w", err))
	}
	if err := c.Devices.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("devices.%w", err))
	}
	return errors.Join(errs...)
}
