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
	url   string
	token string // "": reads only, from the center's own machine
	// noToken says why there is none, for whoever is refused for want of it.
	noToken string
	http    *http.Client
}

const (
	defaultCenter = "http://127.0.0.1:8088"
	maxAnswer     = 64 << 20
)

func newCenterClient(url string) centerClient {
	return centerClient{url: strings.TrimRight(url, "/"), http: &http.Client{
		Timeout: 5 * time.Minute,
		// A token is for the center that was named, and for no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// call sends body, nil for none, and decodes the answer into answer, nil where
// none is wanted.
func (c centerClient) call(ctx context.Context, method, path string, body, answer any) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	status, b, err := c.ask(ctx, method, path, payload)
	if err != nil {
		return err
	}
	if status >= 300 {
		return c.refused(status, b)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(b, answer); err != nil {
		return fmt.Errorf("read center's answer: %w", err)
	}
	return nil
}

// get fetches a page, whatever its status.
func (c centerClient) get(ctx context.Context, path string) ([]byte, error) {
	_, b, err := c.ask(ctx, http.MethodGet, path, nil)
	return b, err
}

// copyTo writes what is at path to out, of any length.
func (c centerClient) copyTo(ctx context.Context, path string, out io.Writer) error {
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return fmt.Errorf("read center's answer: %w", err)
		}
		return c.refused(resp.StatusCode, b)
	}
	if _, err := io.Copy(out, resp.Body); err != nil {
		return fmt.Errorf("read center's answer: %w", err)
	}
	return nil
}

func (c centerClient) ask(ctx context.Context, method, path string, payload []byte) (status int, answer []byte, err error) {
	resp, err := c.send(ctx, method, path, payload)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, nil, fmt.Errorf("read center's answer: %w", err)
	}
	return resp.StatusCode, b, nil
}

func (c centerClient) send(ctx context.Context, method, path string, payload []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(payload))
	if err != nil {
		return nil, fmt.Errorf("ask center: %w", err)
	}
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &unreachableError{err}
	}
	return resp, nil
}

// refused makes an error of a center's no.
func (c centerClient) refused(status int, answer []byte) error {
	e := &refusedError{Status: status, detail: string(bytes.TrimSpace(answer))}
	var problem struct {
		Detail string `json:"detail"`
		Errors []struct {
			Message  string `json:"message"`
			Location string `json:"location"`
		} `json:"errors"`
	}
	if json.Unmarshal(answer, &problem) == nil && problem.Detail != "" {
		e.detail = problem.Detail
		for _, one := range problem.Errors {
			e.detail += fmt.Sprintf("\n  %s: %s", one.Location, one.Message)
		}
	}
	if status == http.StatusUnauthorized {
		e.remedy = c.noToken
		if c.token != "" {
			e.remedy = "the center does not know this token: it is another center's, was revoked, has expired, or the center was started again with another data directory"
		}
	}
	return e
}

// refusedError is a center's no.
type refusedError struct {
	Status         int
	detail, remedy string
}

func (e *refusedError) Error() string {
	s := fmt.Sprintf("ask center: %d %s: %s", e.Status, http.StatusText(e.Status), e.detail)
	if e.remedy != "" {
		s += "\n  → " + e.remedy
	}
	return s
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
