package gateway

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"time"

	"github.com/siaga-id/siaga/gateway/api"
)

// expiries are what ends that no part of the center makes: certificates in files
// that the configuration names, and those that the servers in it have shown.
func (c *Center) expiries() []api.Expiry {
	var all []api.Expiry
	add := func(what, name string, at time.Time) {
		if !at.IsZero() {
			all = append(all, api.Expiry{What: what, Name: name, When: at})
		}
	}
	if e, ok := c.feed.(*external); ok {
		add(api.ExpiryFile, "mqtt.ca_file", lastEnd(c.cfg.MQTT.CAFile))
		add(api.ExpiryFile, "mqtt.cert_file", firstEnd(c.cfg.MQTT.CertFile))
		add(api.ExpiryPeer, "mqtt.url", e.watch.CertificateEnds())
	}
	if c.engine == nil {
		add(api.ExpiryFile, "influx.ca_file", lastEnd(c.cfg.Influx.CAFile))
		add(api.ExpiryPeer, "influx.url", c.store.CertificateEnds())
	}
	return all
}

// firstEnd is when the first certificate of a PEM file ends: a client's own, with
// what vouches for it behind. It is zero where none can be read, which those who
// use the file say.
func firstEnd(file string) time.Time {
	if ends := endsIn(file); len(ends) > 0 {
		return ends[0]
	}
	return time.Time{}
}

// lastEnd is when the last of a file's authorities ends: of several the others are
// old or new ones.
func lastEnd(file string) (last time.Time) {
	for _, at := range endsIn(file) {
		if at.After(last) {
			last = at
		}
	}
	return last
}

func endsIn(file string) (ends []time.Time) {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	for err == nil {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil {
			ends = append(ends, cert.NotAfter)
		}
	}
	return ends
}
