//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// domains matches the measurements of readings.
const domains = `/^(air|weather|water|traffic)$/`

// counts returns how many values there are, by node and field, without the
// quality flags.
func (db database) counts() (byField map[string]map[string]int, total int, err error) {
	all, err := db.query(`SELECT COUNT(*) FROM ` + domains + ` GROUP BY "node"`)
	if err != nil {
		return nil, 0, err
	}
	byField = map[string]map[string]int{}
	for _, s := range all {
		node := s.Tags["node"]
		if byField[node] == nil {
			byField[node] = map[string]int{}
		}
		for i, column := range s.Columns {
			field, ok := strings.CutPrefix(column, "count_")
			if !ok || strings.HasSuffix(field, "_qc") {
				continue
			}
			n, err := number(s.Values[0][i])
			if err != nil {
				return nil, 0, err
			}
			byField[node][field] += int(n)
			total += int(n)
		}
	}
	return byField, total, nil
}

// number reads a value of an answer; null is 0.
func number(v any) (float64, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case json.Number:
		return v.Float64()
	}
	return 0, fmt.Errorf("%v is not a number", v)
}

// seriesKeys are all series of readings, as "air,district=…,node=…".
func (db database) seriesKeys(t *testing.T) []string {
	t.Helper()
	var keys []string
	for _, s := range db.must(t, `SHOW SERIES FROM `+domains) {
		for _, v := range s.Values {
			keys = append(keys, v[0].(string))
		}
	}
	return keys
}

// point is what makes one value in InfluxDB the same as another.
type point struct {
	measurement, district, node, sensor, site, field string
	timeMS                                           int64
}

// points returns every value in InfluxDB.
func (db database) points(t *testing.T) map[point]float64 {
	t.Helper()
	all := map[point]float64{}
	for _, s := range db.must(t, `SELECT * FROM `+domains+` GROUP BY "district", "node", "sensor", "site"`) {
		for _, row := range s.Values {
			at, err := row[0].(json.Number).Int64()
			if err != nil {
				t.Fatal(err)
			}
			for i, field := range s.Columns[1:] {
				if row[i+1] == nil || strings.HasSuffix(field, "_qc") {
					continue
				}
				v, err := number(row[i+1])
				if err != nil {
					t.Fatal(err)
				}
				all[point{s.Name, s.Tags["district"], s.Tags["node"], s.Tags["sensor"], s.Tags["site"], field, at}] = v
			}
		}
	}
	return all
}

// pointsOf is what a pack must become.
func pointsOf(p *wire.Pack) map[point]float64 {
	all := map[point]float64{}
	for _, r := range p.Readings {
		all[pointOf(p, r)] = r.Value
	}
	return all
}

func pointOf(p *wire.Pack, r reading.Reading) point {
	return point{
		measurement: string(r.Quantity.Info().Domain), district: p.Site.District(), node: string(p.Node),
		sensor: string(r.Sensor), site: string(p.Site), field: r.Quantity.String(), timeMS: r.TimeMS,
	}
}
