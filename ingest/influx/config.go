package influx

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Config says where InfluxDB is and who we are to it.
type Config struct {
	// URL is the server's base address, such as "http://127.0.0.1:8086".
	URL string
	// Token authorises with InfluxDB 2 and 3. Empty: Username and Password, or
	// nothing at all.
	Token string
	// Username and Password authorise with InfluxDB 1.8.
	Username, Password string
	// Secret, where not nil, is asked at every request for what takes the place of
	// Token, or with a Username of Password, so that it may change. With an error it
	// says the last that was known. It may be called concurrently.
	Secret func() (string, error)
	// Org is the organisation in InfluxDB 2; others ignore it.
	Org string
	// Bucket is where to write: a bucket of InfluxDB 2 and 3, or
	// "database/retention policy" of 1.8. Empty means Database.
	Bucket string
	// Database is the name that InfluxQL knows Bucket by. Empty means Bucket up
	// to its first "/".
	Database string
	// CAFile is a PEM file; with it, only its certificates are trusted. Empty
	// means the system's.
	CAFile string
	// Timeout bounds one request with its answer; 0 means 30 s.
	Timeout time.Duration
	// Transport, where not nil, carries the requests in the place of the network, to
	// an engine in the same process; CAFile and the system's proxies do not matter
	// then.
	Transport http.RoundTripper
	// GZip compresses requests. It is worth it over a network, not on loopback.
	GZip bool
}

// bucket returns where to write.
func (c *Config) bucket() string {
	if c.Bucket != "" {
		return c.Bucket
	}
	return c.Database
}

// Names returns the database and, where the bucket names one, the retention
// policy, as /query wants them.
func (c *Config) Names() (db, rp string) {
	db, rp, _ = strings.Cut(c.bucket(), "/")
	if c.Database != "" {
		db = c.Database
	}
	return db, rp
}

// authorization returns what a client sends behind "Token " now, "" for nothing:
// InfluxDB 1.8 takes user and password there. An error says that it may be an old
// one.
func (c *Config) authorization() (string, error) {
	token, password := c.Token, c.Password
	var err error
	if c.Secret != nil {
		token, err = c.Secret()
		password = token
	}
	if c.Username != "" {
		return c.Username + ":" + password, err
	}
	return token, err
}

func (c *Config) check() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil:
		return errors.New("url: not an address; want one like http://127.0.0.1:8086")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("url %q: want http:// or https:// and a host, like http://127.0.0.1:8086", u.Redacted())
	case u.User != nil:
		return errors.New("url: holds a user name; give it as username and password")
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("url %q: leave out what follows ? or #", u.Redacted())
	case c.bucket() == "":
		return errors.New("bucket: missing; name a bucket (InfluxDB 2 and 3) or a database (1.8)")
	case c.Token != "" && c.Username != "":
		return errors.New("token and username are both given; use a token with InfluxDB 2 and 3, a user with 1.8")
	case c.Timeout < 0:
		return fmt.Errorf("timeout %v: must not be negative", c.Timeout)
	}
	return nil
}

// HTTPClient returns a new client that trusts what the configuration says, and
// shows the server who we are, at each request anew. It never follows a redirect:
// Go turns a redirected POST into a GET, whose success would be taken for a write.
func (c *Config) HTTPClient() (*http.Client, error) {
	tlsConf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		tlsConf.RootCAs = x509.NewCertPool()
		if !tlsConf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file %s: holds no PEM certificate", c.CAFile)
		}
	}
	timeout := c.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	next := c.Transport
	if next == nil {
		next = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSHandshakeTimeout: 5 * time.Second,
			TLSClientConfig:     tlsConf,
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     90 * time.Second,
		}
	}
	return &http.Client{
		Timeout:       timeout,
		Transport:     &witness{authorization: c.authorization, next: next},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
