package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/access"
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

var _ Stored = (*Influx)(nil)

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

type answer[S any] struct {
	Error   string `json:"error"`
	Results []struct {
		Error  string `json:"error"`
		Series []S    `json:"series"`
	} `json:"results"`
}

// Query runs InfluxQL statements and returns the series of all of them. The
// error is a *QueryError where InfluxDB answered.
func (i *Influx) Query(ctx context.Context, influxQL string) ([]Series, error) {
	return ask[Series](ctx, i, influxQL)
}

// Quantities returns the quantities that have a field, corrected ones after what
// they correct. It costs the server one look at its index, and fails as Query
// does.
func (i *Influx) Quantities(ctx context.Context) ([]reading.Quantity, error) {
	type measurement struct {
		Name   string     `json:"name"`
		Values [][]string `json:"values"` // a field's name and type
	}
	found, err := ask[measurement](ctx, i, "SHOW FIELD KEYS")
	if err != nil {
		return nil, err
	}
	var all []reading.Quantity
	for _, m := range found {
		for _, field := range m.Values {
			if len(field) == 0 {
				continue
			}
			if q, ok := reading.Lookup(field[0]); ok && string(q.Info().Domain) == m.Name {
				all = append(all, q)
			}
		}
	}
	slices.SortFunc(all, func(a, b reading.Quantity) int {
		return cmp.Or(cmp.Compare(a.Raw(), b.Raw()), cmp.Compare(a, b))
	})
	return slices.Compact(all), nil // a field of two types is told twice
}

// ask runs InfluxQL statements and returns what each found, whose values are as
// S has them.
func ask[S any](ctx context.Context, i *Influx, influxQL string) ([]S, error) {
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
	var a answer[S]
	err = json.Unmarshal(body, &a)
	if resp.StatusCode != http.StatusOK || a.Error != "" {
		return nil, &QueryError{resp.StatusCode, clip(a.Error)}
	}
	if err != nil {
		return nil, fmt.Errorf("query influxdb: %w", err)
	}
	var all []S
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

// InfluxPath is where viewers query the embedded engine: a data source's URL is
// the center's address with it, and Grafana adds /query.
const InfluxPath = "/api/v1/influx"

// influxRoutes lets viewers on other machines query the embedded engine, whose own
// address stays on this one. Also where everybody may read, from another machine
// it is for those who show who they are: one query can cost more than a wall.
func (s *Server) influxRoutes(mux *http.ServeMux) {
	query := s.only(access.Viewer, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch id := access.From(r.Context()); {
		case id.Kind == access.Anonymous && !id.Ingests: // who is on this machine may report, too
			w.Header().Set("WWW-Authenticate", challenge)
			http.Error(w, "show an access token: siaga token create grafana", http.StatusUnauthorized)
		case s.opt.InfluxQL == nil:
			http.Error(w, "there is no embedded InfluxDB here: query the one in influx.url", http.StatusNotFound)
		default:
			s.opt.InfluxQL.ServeHTTP(w, r)
		}
	}))
	mux.Handle("GET "+InfluxPath+"/query", query)
	mux.Handle("POST "+InfluxPath+"/query", query)
}

// Close closes idle connections.
func (i *Influx) Close() { i.Client.CloseIdleConnections() }
