//go:build integration

package parts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Database answers InfluxQL: influxd, or the engine inside a center.
type Database struct {
	Addr string
}

// URL is where it answers.
func (db Database) URL() string { return "http://" + db.Addr }

// Series is one series of an InfluxQL answer. Numbers are json.Number.
type Series struct {
	Name    string            `json:"name"`
	Tags    map[string]string `json:"tags"`
	Columns []string          `json:"columns"`
	Values  [][]any           `json:"values"`
}

// asking gives up on a database that is paused.
var asking = http.Client{Timeout: 30 * time.Second}

// Query asks for the database siaga, times in milliseconds.
func (db Database) Query(q string) ([]Series, error) {
	resp, err := asking.PostForm(db.URL()+"/query", url.Values{"db": {"siaga"}, "epoch": {"ms"}, "q": {q}})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Error   string `json:"error"`
		Results []struct {
			Error  string   `json:"error"`
			Series []Series `json:"series"`
		} `json:"results"`
	}
	dec := json.NewDecoder(resp.Body)
	dec.UseNumber()
	if err := dec.Decode(&answer); err != nil {
		return nil, fmt.Errorf("query %q: %s: %w", q, resp.Status, err)
	}
	if answer.Error != "" || len(answer.Results) != 1 || answer.Results[0].Error != "" {
		return nil, fmt.Errorf("query %q: %s: %+v", q, resp.Status, answer)
	}
	return answer.Results[0].Series, nil
}

// Point is what makes one value in InfluxDB the same as another.
type Point struct {
	Measurement, District, Node, Sensor, Site, Field string
	TimeMS                                           int64
}

// Points returns every value of a node's readings in InfluxDB, quality flags among
// them under their field's own name.
func (db Database) Points(node string) (map[Point]float64, error) {
	found, err := db.Query(fmt.Sprintf(
		`SELECT * FROM /^(air|weather|water|traffic)$/ WHERE "node" = '%s' GROUP BY "district", "sensor", "site"`, node))
	if err != nil {
		return nil, err
	}
	all := map[Point]float64{}
	for _, s := range found {
		for _, row := range s.Values {
			at, err := row[0].(json.Number).Int64()
			if err != nil {
				return nil, fmt.Errorf("time of %s: %w", s.Name, err)
			}
			for i, field := range s.Columns {
				v, ok := row[i].(json.Number)
				if i == 0 || !ok {
					continue
				}
				value, err := v.Float64()
				if err != nil {
					return nil, fmt.Errorf("%s of %s: %w", field, s.Name, err)
				}
				all[Point{s.Name, s.Tags["district"], node, s.Tags["sensor"], s.Tags["site"], field, at}] = value
			}
		}
	}
	return all, nil
}
