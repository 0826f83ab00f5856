package mqtt

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/secret"
)

// Config is the part of a configuration file that says where the broker is and
// who this client is there. The password is read from a file, so that it stands
// in no configuration.
type Config struct {
	// URL is tcp://host:port, or tls://host:port for TLS.
	URL string `mapstructure:"url"`
	// URLs are further addresses of the same broker, tried in turn.
	URLs []string `mapstructure:"urls"`
	// ServerName is whose certificate the broker must show, where that is not made
	// out to the host in its address.
	ServerName   string `mapstructure:"server_name"`
	Username     string `mapstructure:"username"`
	PasswordFile string `mapstructure:"password_file"`
	CAFile       string `mapstructure:"ca_file"`
	CertFile     string `mapstructure:"cert_file"`
	KeyFile      string `mapstructure:"key_file"`
}

// Options returns the settings for Open, with the password and the certificates
// found to be readable. Each is read again for every connection.
func (c Config) Options() (Options, error) {
	o := Options{
		URL: c.URL, URLs: c.URLs, ServerName: c.ServerName, Username: c.Username,
		CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile,
	}
	password, err := secret.Open("mqtt.password_file", c.PasswordFile)
	if err != nil {
		return o, err
	}
	o.Secret = password.Current
	if _, err := o.trust(); err != nil {
		return o, fmt.Errorf("mqtt: %w", err)
	}
	return o, nil
}
