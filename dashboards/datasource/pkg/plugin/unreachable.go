package plugin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// unreachable says why there was no answer, and what to do.
func unreachable(err error) error {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
		dns      *net.DNSError
		op       *net.OpError
		timeout  net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &unknown):
		return fmt.Errorf("the center's certificate is of an authority that is not known here: paste what `siaga ca show` prints into CA certificate: %w", err)
	case errors.As(err, &hostname):
		return fmt.Errorf("the center's certificate is not for this host name: enter one of those it is for as URL: %w", err)
	case errors.As(err, &invalid):
		return fmt.Errorf("the center's certificate is not valid, or a clock is wrong: %w", err)
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("there is no TLS at this URL: does it begin with http://? %w", err)
	case errors.As(err, &dns):
		return fmt.Errorf("the URL's host name is not known to Grafana's machine: %w", err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("the center does not answer: is a firewall between? %w", err)
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("nothing answers at this URL: does the center run, and may Grafana's machine reach it? %w", err)
	}
	return fmt.Errorf("cannot reach the center: %w", err)
}
