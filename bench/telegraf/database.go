//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// database answers InfluxQL: influxd, or the engine inside a center.
type database struct{ addr string }

func (db database) url() string { return "http://" + db.addr }

var asking = http.Client{Timeout: 30 * time.Second}

// query returns the rows of every series of an answer, times in milliseconds.
func (db database) query(q string) (rows [][]json.Number, err error) {
	resp, err := asking.PostForm(db.url()+"/query", url.Values{"db": {"siaga"}, "epoch": {"ms"}, "q": {q}})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Error   string
		Results []struct {
			Error  string
			Series []struct{ Values [][]json.Number }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("query %q: %s: %w", q, resp.Status, err)
	}
	if answer.Error != "" || len(answer.Results) != 1 || answer.Results[0].Error != "" {
		return nil, fmt.Errorf("query %q: %s: %+v", q, resp.Status, answer)
	}
	for _, s := range answer.Results[0].Series {
		rows = append(rows, s.Values...)
	}
	return rows, nil
}

// count returns how many points have times from one to another, both included.
func (db database) count(fromMS, toMS int64) (n int, err error) {
	rows, err := db.query(fmt.Sprintf(`SELECT count(%q) FROM %q WHERE time >= %dms AND time <= %dms`, quantities[0].String(), measurement, fromMS, toMS))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	count, err := rows[0][1].Int64()
	return int(count), err
}

// compared is what became of a load.
type compared struct {
	Sent int `json:"sent"`
	// Lost are points that are missing, Duplicated those beyond what was sent,
	// Altered those with another value.
	Lost       int `json:"lost"`
	Duplicated int `json:"duplicated"`
	Altered    int `json:"altered"`
}

// compare reads every point of the load's nodes.
func (db database) compare(l load) (c compared, err error) {
	for n := l.first; n < l.first+l.nodes; n++ {
		rows, err := db.points(nodeID(n))
		if err != nil {
			return c, err
		}
		if err := c.add(l, n, rows); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (db database) points(node reading.NodeID) ([][]json.Number, error) {
	var fields []string
	for _, q := range quantities {
		fields = append(fields, fmt.Sprintf("%q", q.String()))
	}
	return db.query(fmt.Sprintf(`SELECT %s FROM %q WHERE "node" = '%s'`, strings.Join(fields, ", "), measurement, node))
}

// add compares the points of one node with what it sent.
func (c *compared) add(l load, n int, rows [][]json.Number) error {
	c.Sent += l.ofNode()
	c.Lost += l.ofNode()
	found := map[int64]bool{}
	for _, row := range rows {
		at, err := row[0].Int64()
		if err != nil {
			return err
		}
		i := (at - l.beginMS) / l.stepMS
		if found[at] || i < 0 || i >= int64(l.ofNode()) || l.timeMS(int(i)) != at {
			c.Duplicated++
			continue
		}
		found[at] = true
		c.Lost--
		for k, want := range values(n, int(i)) {
			if got, err := row[1+k].Float64(); err != nil || got != want {
				c.Altered++
				break
			}
		}
	}
	return nil
}
