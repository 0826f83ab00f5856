// Package center reports to the Command Center over HTTP what an ingester on
// another machine has stored and refused.
//
// It must not keep anything: the ingester repeats a report until it is taken.
package center

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/internal/secret"
)

// Settings is the part of a configuration file that says where the center is.
type Settings struct {
	// URL is the center's address, such as http://127.0.0.1:8088.
	URL string `mapstructure:"url"`
	// TokenFile holds the report token; needed from another machine.
	TokenFile string `mapstructure:"token_file"`
}

// Client reports to one center. It is safe for concurrent use.
type Client struct {
	url   string
	token *secret.File // read anew for each report
	http  *http.Client
}

var _ ingest.Registry = (*Client)(nil)

const (
	timeout = 10 * time.Second
	// maxRanges and maxEntries are what the center takes in one request.
	maxRanges  = 10_000
	maxEntries = 100
	// maxAnswer is how much of an error is read.
	maxAnswer = 4 << 10
)

// New checks the settings and reads the token; it does not connect.
func New(s Settings) (*Client, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("center.url %q: want an address like http://127.0.0.1:8088", s.URL)
	}
	token, err := secret.Open("center.token_file", s.TokenFile)
	if err != nil {
		return nil, err
	}
	return &Client{url: strings.TrimRight(s.URL, "/"), token: token, http: &http.Client{Timeout: timeout}}, nil
}

// Stored implements ingest.Registry.
func (c *Client) Stored(ctx context.Context, ranges []ingest.StoredRange) error {
	for part := range slices.Chunk(ranges, maxRanges) {
		err := c.post(ctx, "/api/v1/ingest/stored", map[string]any{"ranges": part})
		if err != nil {
			return err
		}
	}
	return nil
}

// Quarantine implements ingest.Registry. More entries than one request holds go
// in several; an entry that was kept before an error is kept once when it comes
// again.
func (c *Client) Quarantine(ctx context.Context, refused []ingest.Refused) error {
	for part := range slices.Chunk(refused, maxEntries) {
		err := c.post(ctx, "/api/v1/ingest/quarantine", map[string]any{"entries": part})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) post(ctx context.Context, path string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("report to center: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	token, outdated := c.token.Current()
	if token = strings.TrimSpace(token); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("report to center: %w", err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // only for the error's text
	switch {
	case resp.StatusCode < 300:
		return nil
	case resp.StatusCode == http.StatusUnprocessableEntity:
		// What could be kept was kept, and repeating the rest does not help.
		return nil
	case resp.StatusCode == http.StatusInsufficientStorage:
		return fmt.Errorf("report to center: %w", ingest.ErrQuarantineFull)
	}
	return errors.Join(fmt.Errorf("report to center: %s: %s", resp.Status, bytes.TrimSpace(answer)), outdated)
}
