package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/trust"
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

// TestBothBoundsCount: what the server's own trust knows of the time, and what the
// connection does.
func TestBothBoundsCount(t *testing.T) {
	early, late := time.Unix(5, 0), time.Unix(50, 0)
	at := func(when time.Time) func() time.Time { return func() time.Time { return when } }
	for _, tc := range [][2]time.Time{{early, late}, {late, early}} {
		o := Options{clock: at(early), Earliest: at(tc[0])}
		got := o.timed(trust.Options{Earliest: at(tc[1])})
		if !got.Earliest().Equal(late) || !got.Now().Equal(early) {
			t.Errorf("%v: %v, %v", tc, got.Earliest(), got.Now())
		}
	}
}
