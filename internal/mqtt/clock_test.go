package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"
)

// TestTLSOnABoardWithoutAClock: the certificates are valid today, or no more.
func TestTLSOnABoardWithoutAClock(t *testing.T) {
	now, in1970 := time.Now(), time.Unix(17, 0)
	ours := newAuthority(t, "ours")
	server, _, _ := pair(t, ours)
	_, certFile, keyFile := pair(t, ours)
	ended := func(b *broker) { // its certificate ended half an hour ago
		c, key := sign(t, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: now.Add(-30 * time.Minute)}, ours)
		b.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{c.Raw}, PrivateKey: key}}}
	}
	for name, tc := range map[string]struct {
		broker func(*broker)
		change func(*Options)
		want   string // "" is connected
	}{
		"the authority's own beginning tells":     {nil, func(o *Options) { o.CAFile = ours.file }, ""},
		"a center told the time before":           {nil, func(o *Options) { o.CAFile, o.Earliest = ours.file, func() time.Time { return now } }, ""},
		"ended, as the center's last time tells":  {ended, func(o *Options) { o.CAFile, o.Earliest = ours.file, func() time.Time { return now } }, "certificate has expired"},
		"ended, as the system's clock tells":      {ended, func(o *Options) { o.CAFile, o.clock = ours.file, time.Now }, "certificate has expired"},
		"not before the client's own certificate": {nil, func(o *Options) { o.CAFile, o.CertFile, o.KeyFile = ours.file, certFile, keyFile }, ""},
		"a center's time of another century": {nil, func(o *Options) {
			o.CAFile, o.Earliest = ours.file, func() time.Time { return now.AddDate(100, 0, 0) }
		}, "certificate has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t)
			b.tls = &tls.Config{Certificates: []tls.Certificate{server}}
			if tc.broker != nil {
				tc.broker(b)
			}
			b.start()
			c := open(t, b, func(o *Options) {
				o.URL, o.clock = "tls://"+b.addr, func() time.Time { return in1970 }
				tc.change(o)
			})
			if tc.want == "" {
				until(t, "connected", connected(c))
				return
			}
			until(t, tc.want, func() bool { _, why := c.Connected(); return why != nil && strings.Contains(why.Error(), tc.want) })
		})
	}
}

func TestVerifiedIsAtTheLatestOfAllBounds(t *testing.T) {
	ours := newAuthority(t, "ours")
	own, certFile, keyFile := pair(t, ours)
	leaf, err := x509.ParseCertificate(own.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	built := leaf.NotBefore.Add(-time.Hour)
	for _, tc := range []struct {
		name            string
		clock, earliest time.Time
		files           bool
		want            time.Time
	}{
		{"only a clock", time.Unix(5, 0), time.Time{}, false, time.Unix(5, 0)},
		{"a bound", time.Unix(5, 0), built, false, built},
		{"certificates", time.Unix(5, 0), built, true, leaf.NotBefore},
		{"a clock that is right", leaf.NotBefore.Add(time.Minute), built, true, leaf.NotBefore.Add(time.Minute)},
	} {
		o := Options{clock: func() time.Time { return tc.clock }, Earliest: func() time.Time { return tc.earliest }}
		if tc.files {
			o.CAFile, o.CertFile, o.KeyFile = ours.file, certFile, keyFile
		}
		cfg, err := o.tlsConfig()
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.Time(); !got.Equal(tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
