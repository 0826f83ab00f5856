package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"strings"
	"testing"
)

// TestKnock: how a broker takes a connection, without a word to it.
func TestKnock(t *testing.T) {
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	server, _, _ := pair(t, ours)
	_, certFile, keyFile := pair(t, ours)
	_, othersCert, othersKey := pair(t, other)
	clients := x509.NewCertPool()
	clients.AddCert(ours.cert)
	secure, plain := newBroker(t), newBroker(t)
	secure.tls = &tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
	secure.start()
	plain.start()
	for name, tc := range map[string]struct {
		url, caFile, certFile, keyFile string
		want                           string // of the error
		encrypted                      bool
	}{
		"encrypted":                 {"tls://" + secure.addr, ours.file, certFile, keyFile, "", true},
		"plain":                     {"tcp://" + plain.addr, "", "", "", "", false},
		"our certificate refused":   {"tls://" + secure.addr, ours.file, othersCert, othersKey, "remote error: tls: unknown certificate authority", false},
		"we show none":              {"tls://" + secure.addr, ours.file, "", "", "remote error: tls: certificate required", false},
		"another CA":                {"tls://" + secure.addr, other.file, certFile, keyFile, "certificate signed by unknown authority", false},
		"an address that is no URL": {"http://" + plain.addr, "", "", "", "broker url", false},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{ClientID: "n1", URL: "tcp://127.0.0.1:1883", CAFile: tc.caFile, CertFile: tc.certFile, KeyFile: tc.keyFile, Logger: slog.New(slog.DiscardHandler)}
			state, err := o.Knock(t.Context(), tc.url)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%v, want %q", err, tc.want)
			}
			if (state != nil) != tc.encrypted {
				t.Errorf("encrypted: %v", state != nil)
			}
		})
	}
	for _, b := range []*broker{secure, plain} {
		b.stop()
		for len(b.got) > 0 {
			if p := <-b.got; p != nil {
				t.Errorf("the broker heard %v", p)
			}
		}
	}
}
