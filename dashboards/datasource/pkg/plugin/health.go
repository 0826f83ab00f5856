package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// healthTimeout is for how long an administrator waits for an answer.
const healthTimeout = 15 * time.Second

// CheckHealth says whether the center answers as it should, and else what is wrong and
// what to do.
func (s *Source) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	if s.wrong != nil {
		return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: s.wrong.Error()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	words, err := s.center.health(ctx)
	if err != nil {
		return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: err.Error()}, nil
	}
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: words}, nil
}

// health returns what to say of a center that can be used.
func (c *center) health(ctx context.Context) (string, error) {
	unready, err := c.ready(ctx)
	if err != nil {
		return "", err
	}
	var is struct {
		Version      string     `json:"version"`
		Demo         bool       `json:"demo"`
		NodesOnline  int        `json:"nodes_online"`
		NodesTotal   int        `json:"nodes_total"`
		Accepting    bool       `json:"accepting"`
		NotAccepting string     `json:"not_accepting"`
		Newest       *time.Time `json:"newest"`
		Time         *time.Time `json:"time"`
	}
	if err := c.get(ctx, "/api/v1/status", nil, &is); err != nil {
		return "", err
	}
	if is.Version == "" || is.Time == nil {
		return "", errNotSiaga
	}
	// What this plugin asks for that older centers do not have, and what an open wall
	// does not tell to everybody.
	err = c.get(ctx, "/api/v1/readings/series", url.Values{"quantity": {"uptime"}, "node": {"--"}}, new(any))
	var no *statusError
	switch errors.As(err, &no); {
	case no != nil && no.Status == http.StatusNotFound:
		return "", fmt.Errorf("the center is Siaga %s, which is too old for this plugin: update the center", is.Version)
	case no != nil && no.Status == http.StatusUnprocessableEntity: // no node has that name
	case err != nil:
		return "", err
	}
	if unready != "" {
		return "", fmt.Errorf("the center (Siaga %s) answers, but is not ready: %s", is.Version, unready)
	}
	if !is.Accepting {
		return "", fmt.Errorf("the center (Siaga %s) answers, but takes no readings: %s", is.Version, is.NotAccepting)
	}
	words := fmt.Sprintf("Siaga %s: %d of %d nodes online", is.Version, is.NodesOnline, is.NodesTotal)
	if is.Newest != nil {
		words += fmt.Sprintf(", newest reading %v old", is.Time.Sub(*is.Newest).Round(time.Second))
	} else {
		words += ", no readings yet"
	}
	if is.Demo {
		words = simulated + " (demo). " + words
	}
	if c.bare() {
		words += ". The token goes over the network unencrypted: better a URL with https://"
	}
	return words, nil
}

// ready returns which components are not ready, in words; "": none. Everybody may ask,
// so that a wrong token is told apart from a wrong URL.
func (c *center) ready(ctx context.Context) (string, error) {
	const path = "/readyz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.JoinPath(path).String(), nil)
	if err != nil {
		return "", fmt.Errorf("ask center: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusServiceUnavailable {
		if resp.StatusCode == http.StatusNotFound {
			return "", fmt.Errorf("%w: it has no %s (404)", errNotSiaga, path)
		}
		return "", &statusError{path, resp.StatusCode, problem(resp.Body)}
	}
	var is struct {
		Ready      bool `json:"ready"`
		Components []struct {
			Name  string `json:"name"`
			Ready bool   `json:"ready"`
			Words string `json:"words"`
		} `json:"components"`
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil || json.Unmarshal(body, &is) != nil || len(is.Components) == 0 {
		return "", fmt.Errorf("%w: its answer to %s is another's", errNotSiaga, path)
	}
	var unready []string
	for _, of := range is.Components {
		if !of.Ready {
			unready = append(unready, of.Name+": "+of.Words)
		}
	}
	return strings.Join(unready, "; "), nil
}
