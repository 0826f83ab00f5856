package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/internal/reading"
)

// Influx asks an InfluxDB server over its /query, which 1.8, 2 and 3 have.
type Influx struct {
	// Client makes the requests. NewInflux sets one that trusts the system's
	// authorities; another may take its place before the first Query.
	Client *http.Client

	base     string
	database string
	token    string
}

var _ Querier = (*Influx)(nil)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 64 << 20

// NewInflux returns a Querier for the server at base (such as
// "http://127.0.0.1:8086"). token is InfluxDB 2's or 3's, or "user:password" of
// 1.8, or "". A query may take 30 seconds.
func NewInflux(base, database, token string) (*Influx, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("new influx client: %q is no http address", base)
	}
	return &Influx{
		base: strings.TrimSuffix(base, "/"), database: database, token: token,
		Client: &http.Client{Timeout: 30 * time.Second},
	}, nil
}

// QueryError is InfluxDB's own answer that it will not do it.
type QueryError struct {
	Status  int // of HTTP; 200 where only a statement failed
	Message string
}

// Error says what InfluxDB said.
func (e *QueryError) Error() string {
	return fmt.Sprintf("influxdb answered %d: %s", e.Status, e.Message)
}

type answer struct {
	Error   string `json:"error"`
	Results []struct {
		Error  string   `json:"error"`
		Series []Series `json:"series"`
	} `json:"results"`
}

// Query runs InfluxQL statements and returns the series of all of them. The
// error is a *QueryError where InfluxDB answered.
func (i *Influx) Query(ctx context.Context, influxQL string) ([]Series, error) {
	form := url.Values{"db": {i.database}, "q": {influxQL}, "epoch": {"ms"}}
	// By GET: InfluxDB lets it only read.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, i.base+"/query?"+form.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("query influxdb: %w", err)
	}
	if i.token != "" {
		req.Header.Set("Authorization", "Token "+i.token)
	}
	resp, err := i.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("query influxdb: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("query influxdb: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("query influxdb: the answer is longer than %d bytes", maxAnswer)
	}
	var a answer
	err = json.Unmarshal(body, &a)
	if resp.StatusCode != http.StatusOK || a.Error != "" {
		return nil, &QueryError{resp.StatusCode, clip(a.Error)}
	}
	if err != nil {
		return nil, fmt.Errorf("query influxdb: %w", err)
	}
	var all []Series
	for _, r := range a.Results {
		if r.Error != "" {
			return nil, &QueryError{resp.StatusCode, clip(r.Error)}
		}
		all = append(all, r.Series...)
	}
	return all, nil
}

// clip bounds what a server's message may put into an error.
func clip(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

// Close closes idle connections.
func (i *Influx) Close() { i.Client.CloseIdleConnections() }

// LoadLatest returns the newest stored reading of every series of the last 30
// days, for the live hub to begin with. simulated says which nodes are. Series
// whose tags name no node or sensor are left out: nobody could ask for them.
func LoadLatest(ctx context.Context, from Querier, simulated func(reading.NodeID) bool) ([]live.Reading, error) {
	var all []live.Reading
	for _, q := range reading.Quantities() {
		in := q.Info()
		// A field beside a selector is that of the same point.
		found, err := from.Query(ctx, fmt.Sprintf(
			`SELECT last("%[1]s") AS "value", "%[1]s_qc" AS "qc" FROM "%[2]s" WHERE time > now() - 30d GROUP BY "node", "sensor"`, in.Name, in.Domain))
		if err != nil {
			return nil, fmt.Errorf("load latest %s: %w", in.Name, err)
		}
		for _, f := range found {
			node, sensor := f.Tags["node"], f.Tags["sensor"]
			if !reading.ValidID(node) || !reading.ValidID(sensor) {
				continue
			}
			for _, row := range f.Values {
				if len(row) != 3 || row[0] == nil || row[1] == nil {
					continue
				}
				all = append(all, live.Reading{
					Node: reading.NodeID(node),
					Reading: reading.Reading{
						Sensor: reading.SensorID(sensor), Quantity: q,
						TimeMS: int64(*row[0]), Value: *row[1], Quality: quality(row[2]),
					},
					Sim: simulated(reading.NodeID(node)),
				})
			}
		}
	}
	return all, nil
}
