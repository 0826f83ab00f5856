package influx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// checkMeasurement holds the points that Check writes: one a call.
const checkMeasurement = "siaga_check"

// Ping asks the server for its version, "" where it does not say. It needs no
// credentials.
func (c *Client) Ping(ctx context.Context) (version string, err error) {
	a, err := c.get(ctx, "ping", nil)
	if err != nil {
		return "", fmt.Errorf("ping InfluxDB: %w", err)
	}
	return a.header.Get("X-Influxdb-Version"), nil
}

// Check proves that the server answers, takes a write and gives it back through
// InfluxQL, and returns its version. It leaves one point in the measurement
// siaga_check. The error says which of the three failed, and what to do.
func (c *Client) Check(ctx context.Context) (version string, err error) {
	if version, err = c.Ping(ctx); err != nil {
		return "", err
	}
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	if err := c.Write(ctx, []byte(checkMeasurement+" written=1i "+stamp)); err != nil {
		return version, err
	}
	// Clustered InfluxDB answers a write some time before a query sees it.
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		found, err := c.readBack(ctx, stamp)
		if err != nil {
			return version, err
		}
		if found {
			return version, nil
		}
		if wait > 2*time.Second {
			return version, errors.New("read from InfluxDB: a point that it took cannot be read with InfluxQL: does database name the same bucket as the one written to?")
		}
		select {
		case <-ctx.Done():
			return version, fmt.Errorf("read from InfluxDB: %w", ctx.Err())
		case <-time.After(wait):
		}
	}
}

// readBack reports whether InfluxQL finds the point with that time.
func (c *Client) readBack(ctx context.Context, stamp string) (bool, error) {
	db, rp := c.conf.Names()
	params := url.Values{
		"db":    {db},
		"epoch": {"ms"},
		"q":     {`SELECT "written" FROM "` + checkMeasurement + `" WHERE time = ` + stamp + "ms"},
	}
	if rp != "" {
		params.Set("rp", rp)
	}
	a, err := c.get(ctx, "query", params)
	if err != nil {
		return false, fmt.Errorf("read from InfluxDB: %w", err)
	}
	var said struct {
		Results []struct {
			Error  string            `json:"error"`
			Series []json.RawMessage `json:"series"`
		} `json:"results"`
	}
	if err := json.Unmarshal(a.body, &said); err != nil {
		return false, fmt.Errorf("read from InfluxDB: answer to an InfluxQL query: %w", err)
	}
	if len(said.Results) == 0 {
		return false, nil
	}
	if r := said.Results[0]; r.Error != "" {
		return false, fmt.Errorf("read from InfluxDB: %s (InfluxDB 2 needs a DBRP mapping of database %q to the bucket)", r.Error, db)
	}
	return len(said.Results[0].Series) > 0, nil
}

// get fetches a path under the server's URL; any status but 200 and 204 is an error.
func (c *Client) get(ctx context.Context, path string, params url.Values) (*answer, error) {
	var a answer
	target := c.client.HTTPService().ServerURL() + path
	if len(params) > 0 {
		target += "?" + params.Encode()
	}
	req, err := http.NewRequestWithContext(withAnswer(ctx, &a), http.MethodGet, target, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := c.client.HTTPService().DoHTTPRequestWithResponse(req, nil)
	if err != nil {
		return nil, err
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	if a.status != http.StatusOK && a.status != http.StatusNoContent {
		return nil, fmt.Errorf("status %d: %s", a.status, a.message())
	}
	return &a, nil
}
