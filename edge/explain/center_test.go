package explain

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCenter: whatever keeps a node from an address is said in both languages.
func TestCenter(t *testing.T) {
	dialed := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	alert := func(code tls.AlertError) error { return &net.OpError{Op: "remote error", Err: code} }
	ended := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		err    error
		id, en string
	}{
		"no name":        {dialed(&net.DNSError{Name: "pusat", IsNotFound: true}), "nama tidak dikenal", "name is not known"},
		"refused":        {dialed(syscall.ECONNREFUSED), "tidak ada yang menjawab", "nobody answers"},
		"no route":       {dialed(syscall.EHOSTUNREACH), "tidak ada jalan", "no way there"},
		"silence":        {dialed(context.DeadlineExceeded), "pada waktunya", "in time"},
		"cut":            {io.EOF, "diputus tanpa sepatah kata", "cut without a word"},
		"clock":          {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Cert: &x509.Certificate{NotAfter: ended}, Reason: x509.Expired}}, "2026-11-01 menurut jam node ini", "2026-11-01 by this node's clock"},
		"a stranger":     {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "tidak dapat dipercaya", "cannot be trusted"},
		"no TLS":         {tls.RecordHeaderError{}, "tidak berbicara TLS", "does not speak TLS"},
		"we are revoked": {alert(44), "sertifikat node ini tidak diterima", "this node's certificate is not accepted"},
		"none shown":     {alert(116), "sertifikat node ini tidak diterima", "this node's certificate is not accepted"},
		"other TLS":      {alert(70), "tidak untuk node ini", "not for this node"},
		"anything else":  {errors.New("x"), "x", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("no connection: %w", tc.err)
			if id, en := Center(err, time.Now(), ID), Center(err, time.Now(), EN); !strings.Contains(id, tc.id) || !strings.Contains(en, tc.en) {
				t.Errorf("%q, %q", id, en)
			}
		})
	}
}
