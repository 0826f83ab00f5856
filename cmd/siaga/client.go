package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// centerClient asks a running center over its HTTP API.
type centerClient struct {
	url  string
	http *http.Client
}

const (
	defaultCenter = "http://127.0.0.1:8088"
	maxAnswer     = 64 << 20
)

func newCenterClient(url string) centerClient {
	return centerClient{strings.TrimRight(url, "/"), &http.Client{Timeout: 5 * time.Minute}}
}

// call sends body, nil for none, and decodes the answer into answer.
func (c centerClient) call(ctx context.Context, method, path string, body, answer any) error {
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		payload = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, payload)
	if err != nil {
		return fmt.Errorf("ask center: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &unreachableError{err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read center's answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("ask center: %s: %s", resp.Status, bytes.TrimSpace(b))
	}
	if err := json.Unmarshal(b, answer); err != nil {
		return fmt.Errorf("read center's answer: %w", err)
	}
	return nil
}

// get fetches a page, whatever its status.
func (c centerClient) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, nil)
	if err != nil {
		return nil, fmt.Errorf("ask center: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &unreachableError{err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read center's answer: %w", err)
	}
	return b, nil
}

// unreachableError says that no center answered.
type unreachableError struct{ err error }

func (e *unreachableError) Error() string {
	return fmt.Sprintf("ask center: %v: does `siaga up` run there? Another address: --center", e.err)
}

func (e *unreachableError) Unwrap() error { return e.err }

// printJSON gives machines what people see.
func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
