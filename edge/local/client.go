package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/internal/reading"
)

// ErrNotRunning says that no agent listens at the socket.
var ErrNotRunning = errors.New("no agent is running")

const (
	// callLimit bounds a call: an agent that hangs must not hang its tools.
	callLimit = 10 * time.Second
	// maxAnswer bounds what is taken from an agent, in bytes.
	maxAnswer = 16 << 20
)

// Client speaks with a running agent. Its methods may be called concurrently;
// each ends after 10 seconds at the latest. What the agent refuses is a *Refusal.
type Client struct {
	http http.Client
}

// Dial finds out whether an agent listens at the socket. Else the error wraps
// ErrNotRunning, or fs.ErrPermission where this user may not ask.
func Dial(socket string) (*Client, error) {
	conn, err := net.DialTimeout("unix", socket, callLimit)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w at %s", ErrNotRunning, socket)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("ask the agent: %w: use sudo, or join the group of %s", err, socket)
	case err != nil:
		return nil, fmt.Errorf("ask the agent: %w", err)
	}
	var d net.Dialer
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", socket) }
	return &Client{http: http.Client{Transport: &http.Transport{DialContext: dial}}}, conn.Close()
}

// Close ends the client's connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Snapshot returns what the node knows of itself.
func (c *Client) Snapshot(ctx context.Context) (snap edge.Snapshot, err error) {
	err = c.call(ctx, http.MethodGet, "/api/v1/node", nil, &snap)
	return snap, err
}

// Calibrations returns the history of all sensors' corrections.
func (c *Client) Calibrations(ctx context.Context) (all Corrections, err error) {
	err = c.call(ctx, http.MethodGet, "/api/v1/calibrations", nil, &all)
	return all, err
}

// SetCorrection puts a correction in force and returns its version.
func (c *Client) SetCorrection(ctx context.Context, correction calibration.Correction) (version int, err error) {
	var a versionAnswer
	err = c.call(ctx, http.MethodPost, "/api/v1/calibrations", correction, &a)
	return a.Version, err
}

// Undo puts in force again what was before the last change of a sensor's quantity
// and returns the entry that says so.
func (c *Client) Undo(ctx context.Context, sensor reading.SensorID, raw reading.Quantity, author, reason string) (entry calibration.Entry, err error) {
	u := undoRequest{sensor, raw.String(), author, reason}
	err = c.call(ctx, http.MethodPost, "/api/v1/calibrations/undo", u, &entry)
	return entry, err
}

// Replace ends all corrections of a sensor, since another one stands in its place.
func (c *Client) Replace(ctx context.Context, sensor reading.SensorID, author, reason string) error {
	return c.call(ctx, http.MethodPost, "/api/v1/replace", replaceRequest{sensor, author, reason}, &versionAnswer{})
}

// call sends body, nil for none, and decodes the answer.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("ask the agent: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://agent"+path, bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("ask the agent: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the agent: %w", err)
	}
	defer res.Body.Close()
	d := json.NewDecoder(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode != http.StatusOK {
		var r Refusal
		if err := d.Decode(&r); err != nil {
			return fmt.Errorf("ask the agent: it answers %s", res.Status)
		}
		return &r
	}
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read the agent's answer: %w", err)
	}
	return nil
}
