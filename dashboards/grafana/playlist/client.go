package playlist

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Client asks one Grafana. It may be used concurrently.
type Client struct {
	// URL is Grafana's address, with its sub-path, if it has one.
	URL string
	// Token is that of a service account, which must be an editor.
	Token string
	// HTTP makes the requests; it should have a timeout and follow no redirect,
	// since a token is for nobody else.
	HTTP *http.Client
}

// RefusedError is Grafana's no.
type RefusedError struct {
	Method, Path string
	Status       int
	Message      string
}

func (e *RefusedError) Error() string {
	s := fmt.Sprintf("ask Grafana: %s %s: %d %s", e.Method, e.Path, e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// maxAnswer bounds what is read of an answer: settings name every plugin.
const maxAnswer = 16 << 20

// call sends body, nil for none, and decodes the answer into answer, nil where none
// is wanted. Errors: *RefusedError, or that Grafana cannot be reached or understood.
func (c *Client) call(ctx context.Context, method, path string, body, answer any) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.URL, "/")+path, bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("ask Grafana: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Accept", "application/json")
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("ask Grafana: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read Grafana's answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		refused := &RefusedError{Method: method, Path: path, Status: resp.StatusCode}
		var said struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(b, &said) == nil {
			refused.Message = said.Message
		}
		return refused
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(b, answer); err != nil {
		return fmt.Errorf("read Grafana's answer to %s: %w: is %s really Grafana's address?", path, err, c.URL)
	}
	return nil
}
