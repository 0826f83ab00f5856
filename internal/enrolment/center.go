package enrolment

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/siaga-id/siaga/internal/trust"
)

// MaxCAs is how many authorities a node may be told to trust: two rotations at a
// time, and as many of another center's.
const MaxCAs = 8

// Center is how a node reaches and knows its center where a configuration says so.
// What is left out is as the last enrolment or renewal told it.
type Center struct {
	// Addresses are host:port, in the order to try them; each speaks HTTPS, and MQTT
	// where Brokers are left out.
	Addresses []string `mapstructure:"addresses" json:"addresses,omitempty" doc:"host:port, in the order to try them"`
	// Brokers are those of a broker on other machines, as host:port.
	Brokers []string `mapstructure:"brokers" json:"brokers,omitempty" doc:"host:port of an external broker for nodes"`
	// CAs are all authorities to trust, each as one certificate in PEM; others are
	// trusted no more.
	CAs []string `mapstructure:"cas" json:"cas,omitempty" doc:"all authorities to trust, one certificate in PEM each"`
}

// Over returns what c says, and what was says where c says nothing.
func (c Center) Over(was Center) Center {
	if len(c.Addresses) > 0 {
		was.Addresses = c.Addresses
	}
	if len(c.Brokers) > 0 {
		was.Brokers = c.Brokers
	}
	if len(c.CAs) > 0 {
		was.CAs = c.CAs
	}
	return was
}

// Validate says what is wrong with it, beginning with the key below "center".
func (c Center) Validate() error {
	var errs []error
	if len(c.Addresses) > 0 {
		if err := CheckCenters(c.Addresses); err != nil {
			errs = append(errs, fmt.Errorf("addresses: %w", err))
		}
	}
	if len(c.Brokers) > 0 {
		if err := CheckCenters(c.Brokers); err != nil {
			errs = append(errs, fmt.Errorf("brokers: %w", err))
		}
	}
	if _, err := c.Authorities(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Authorities are the CAs, of which none may stand twice.
func (c Center) Authorities() ([]*x509.Certificate, error) {
	if len(c.CAs) > MaxCAs {
		return nil, fmt.Errorf("cas: %d are more than %d", len(c.CAs), MaxCAs)
	}
	var ders [][]byte
	for i, text := range c.CAs {
		block, rest := pem.Decode([]byte(text))
		if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
			return nil, fmt.Errorf("cas[%d]: want one certificate in PEM", i)
		}
		for _, der := range ders {
			if bytes.Equal(der, block.Bytes) {
				return nil, fmt.Errorf("cas[%d]: stands twice", i)
			}
		}
		ders = append(ders, block.Bytes)
	}
	all, err := trust.Authorities(ders)
	if err != nil {
		return nil, fmt.Errorf("cas: %w", err)
	}
	return all, nil
}
