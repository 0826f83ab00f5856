package influx

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"
)

// Client writes to one bucket. It is safe for concurrent use.
type Client struct {
	conf   Config
	client influxdb2.Client
	http   *http.Client
	write  api.WriteAPIBlocking
}

// New returns a client. It checks the configuration, naming the key that is
// wrong, and does not connect.
func New(conf Config) (*Client, error) {
	if err := conf.check(); err != nil {
		return nil, fmt.Errorf("configure InfluxDB: %w", err)
	}
	hc, err := conf.HTTPClient()
	if err != nil {
		return nil, fmt.Errorf("configure InfluxDB: %w", err)
	}
	opts := influxdb2.DefaultOptions().
		SetHTTPClient(hc).
		SetPrecision(time.Millisecond).
		SetUseGZip(conf.GZip).
		SetApplicationName("siaga")
	c := influxdb2.NewClientWithOptions(conf.URL, "", opts) // hc says who we are
	return &Client{conf: conf, client: c, http: hc, write: c.WriteAPIBlocking(conf.Org, conf.bucket())}, nil
}

// Write stores lines, which are line protocol with timestamps in milliseconds,
// separated by newlines. It returns nil only when InfluxDB said that it has taken
// all of them; otherwise ctx's error when ctx has ended, or a *RetryableError,
// *RejectedError, *ExpiredError or *TooLargeError. It does not keep lines.
func (c *Client) Write(ctx context.Context, lines []byte) error {
	var a answer
	err := c.write.WriteRecord(withAnswer(ctx, &a), string(lines))
	if ctxErr := ctx.Err(); ctxErr != nil && err != nil {
		return fmt.Errorf("write to InfluxDB: %w", ctxErr)
	}
	if a.status == 0 {
		return &RetryableError{Err: err}
	}
	return a.verdict(len(lines))
}

// verdict turns the answer to a write of that many bytes into an error.
func (a *answer) verdict(sent int) error {
	switch a.status {
	case http.StatusNoContent:
		return nil
	case http.StatusCreated, http.StatusBadRequest, http.StatusUnprocessableEntity:
		if a.fromInfluxDB() {
			return refusal(a.status, a.message())
		}
	case http.StatusInternalServerError: // so InfluxDB 2.0 says it
		if e := expired(a.message()); e != nil && a.fromInfluxDB() {
			return e
		}
	case http.StatusRequestEntityTooLarge:
		return &TooLargeError{Bytes: sent, Message: a.message()}
	}
	e := &RetryableError{Status: a.status, RetryAfter: a.retryAfter(time.Now()), Message: a.message()}
	switch {
	case a.status == http.StatusInternalServerError && strings.Contains(e.Message, "no space left on device"):
		e.Message += ": InfluxDB's disk was full; InfluxDB 1.8 keeps this error until it is restarted: restart influxd after making room"
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		e.Message += ": put the right secret into the file of influx.token_file or influx.password_file: each attempt reads it anew"
		if a.outdated != nil {
			e.Message += ", and this one could not: " + a.outdated.Error()
		}
	case a.status/100 == 3:
		e.Message = "redirected to " + a.header.Get("Location") + ": set influx.url to where InfluxDB itself answers"
	case a.status/100 == 2:
		e.Message = "not an answer that InfluxDB gives to a write: check influx.url"
	}
	return e
}

// CertificateEnds is when the certificate ends that the server showed last, zero
// where it has shown none.
func (c *Client) CertificateEnds() time.Time {
	if at := c.http.Transport.(*witness).ends.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

// Close frees idle connections. Nothing may be written after it.
func (c *Client) Close() {
	c.client.Close()
	c.http.CloseIdleConnections()
}
