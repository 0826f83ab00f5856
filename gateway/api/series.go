package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/internal/reading"
)

// maxManyPoints bounds an answer about many sensors: about 12 MB.
const maxManyPoints = 500_000

type manyInput struct {
	Quantity string    `query:"quantity" required:"true"`
	Node     []string  `query:"node" maxItems:"500" doc:"with commas between; absent: all, as of the other lists"`
	Sensor   []string  `query:"sensor" maxItems:"500"`
	Site     []string  `query:"site" maxItems:"500" doc:"codes of villages"`
	District []string  `query:"district" maxItems:"500" doc:"codes of districts, such as 35.05.12"`
	From     time.Time `query:"from" doc:"absent: an hour before to"`
	To       time.Time `query:"to" doc:"absent: now"`
	Every    string    `query:"every" doc:"such as 30s, 5m, 1h or 1d: means of that long of what is not bad, of counts and rain sums, from a whole multiple of it on, those of whole hours as basis says; empty: every reading"`
}

type columnsBody struct {
	Node      string    `json:"node"`
	Sensor    string    `json:"sensor"`
	Site      string    `json:"site" doc:"where the node was at that time"`
	District  string    `json:"district"`
	IntervalS float64   `json:"interval_s" doc:"how often the sensor measures; 0 where not known"`
	Simulated bool      `json:"simulated"`
	Bad       int       `json:"bad" doc:"how many readings of that time are bad; they are in no mean; not counted where basis is rollups"`
	TimesMS   []int64   `json:"times_ms" nullable:"false" doc:"Unix milliseconds, ascending; of a mean its beginning"`
	Values    []float64 `json:"values" nullable:"false" doc:"one a time"`
	Qualities []int     `json:"qualities" nullable:"false" doc:"one a time, of several readings the worst: 1 good, 2 not evaluated, 3 suspect, 4 bad, 9 missing (QARTOD)"`
}

type manyBody struct {
	Quantity string        `json:"quantity"`
	Unit     string        `json:"unit"`
	EveryS   int           `json:"every_s" doc:"how much time a value is of; 0: it is a reading"`
	Value    string        `json:"value" enum:"reading,mean,sum" doc:"what a value is"`
	Basis    string        `json:"basis" enum:"readings,rollups" doc:"readings: means and sums are of all that are not bad; rollups: of hourly roll-ups, of readings that are neither suspect nor bad, and of readings where an hour is not rolled up yet or got late ones"`
	Series   []columnsBody `json:"series" nullable:"false" doc:"by node and sensor; a node that was moved has one of each place"`
}

type manyOutput struct{ Body manyBody }

// manySeries answers with columns and not with points: a graph of a whole district is
// a hundred thousand of them.
func (s *Server) manySeries(ctx context.Context, in *manyInput) (*manyOutput, error) {
	if id := access.From(ctx); id.Kind == access.Anonymous && !id.Ingests {
		// As of InfluxQL: one answer can cost more than a wall.
		return nil, huma.NewError(http.StatusUnauthorized, "show an access token: siaga token create grafana")
	}
	q, where, err := in.query(s.opt.Now())
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	body := manyBody{Quantity: in.Quantity, Unit: q.quantity.Info().Display, EveryS: int(q.every / time.Second), Value: "reading", Basis: "readings"}
	if q.every > 0 {
		body.Value = q.mean()
	}
	if s.rolls(q) {
		body.Basis = "rollups"
		body.Series, err = s.hours(ctx, q, where, in.Node)
	} else {
		body.Series, err = s.columns(ctx, q, where)
	}
	if err != nil {
		return nil, err
	}
	known := make(map[[2]string]live.Reading)
	for _, r := range s.opt.Hub.Latest("", q.quantity) {
		known[[2]string{string(r.Node), string(r.Sensor)}] = r
	}
	for i := range body.Series {
		c := &body.Series[i]
		if r, ok := known[[2]string{c.Node, c.Sensor}]; ok {
			c.IntervalS, c.Simulated = r.Interval.Seconds(), r.Sim
		}
	}
	return &manyOutput{body}, nil
}

// tooMany refuses what would be more than an answer holds.
func tooMany() error {
	return huma.Error422UnprocessableEntity(fmt.Sprintf(
		"more than %d readings of a sensor, or %d of all: ask for less time or fewer nodes, or give every, or a longer one", maxPoints, maxManyPoints))
}

// tagged says whose a series is: node, sensor, site and district.
func tagged(f Series) [4]string {
	return [4]string{f.Tags["node"], f.Tags["sensor"], f.Tags["site"], f.Tags["district"]}
}

// columns answers a query from readings.
func (s *Server) columns(ctx context.Context, q query, where string) ([]columnsBody, error) {
	found, err := s.opt.Influx.Query(ctx, manyQL(q, where))
	if err != nil {
		return nil, s.unavailable("read history", err)
	}
	all := []columnsBody{}
	bad := make(map[[4]string]int)
	total := 0
	for _, f := range found {
		at := tagged(f)
		if len(f.Columns) == 2 { // the statement that counts
			if row := f.Values[0]; len(row) == 2 && row[1] != nil {
				bad[at] = int(*row[1])
			}
			continue
		}
		if total += len(f.Values); len(f.Values) > maxPoints || total > maxManyPoints {
			return nil, tooMany()
		}
		c := columnsBody{Node: at[0], Sensor: at[1], Site: at[2], District: at[3]}
		c.fill(f.Values)
		all = append(all, c)
	}
	for i := range all {
		c := &all[i]
		c.Bad += bad[[4]string{c.Node, c.Sensor, c.Site, c.District}]
	}
	return all, nil
}

// fill takes rows over; Bad counts those of a query without means.
func (c *columnsBody) fill(rows [][]*float64) {
	c.TimesMS, c.Values, c.Qualities = make([]int64, 0, len(rows)), make([]float64, 0, len(rows)), make([]int, 0, len(rows))
	for _, row := range rows {
		if len(row) != 3 || row[0] == nil || row[1] == nil {
			continue
		}
		flag := quality(row[2])
		if flag == reading.Bad || flag == reading.Missing {
			c.Bad++
		}
		c.TimesMS, c.Values, c.Qualities = append(c.TimesMS, int64(*row[0])), append(c.Values, *row[1]), append(c.Qualities, int(flag))
	}
}

// query checks every name; where is what it comes to in InfluxQL.
func (in *manyInput) query(now time.Time) (q query, where string, err error) {
	// The time, the quantity and every are those of a history.
	one := historyInput{Node: "any", Quantity: in.Quantity, From: in.From, To: in.To, Every: in.Every}
	if q, err = one.query(now); err != nil {
		return q, "", err
	}
	if q.every > 0 {
		q.from = q.from.Truncate(q.every)
	}
	site := func(s string) error { _, err := reading.ParseSiteCode(s); return err }
	for _, list := range []struct {
		tag   string
		names []string
		check func(string) error
	}{
		{"node", in.Node, func(s string) error { _, err := reading.ParseNodeID(s); return err }},
		{"sensor", in.Sensor, func(s string) error { _, err := reading.ParseSensorID(s); return err }},
		{"site", in.Site, site},
		{"district", in.District, func(s string) error { return site(s + ".0000") }},
	} {
		var either []string
		for _, name := range list.names {
			if err := list.check(name); err != nil {
				return q, "", fmt.Errorf("%s: %w", list.tag, err)
			}
			either = append(either, fmt.Sprintf(`"%s" = '%s'`, list.tag, name))
		}
		if len(either) > 0 {
			where += "(" + strings.Join(either, " OR ") + ") AND "
		}
	}
	return q, where, nil
}

// bySeries are the tags that tell series apart.
const bySeries = `"node", "sensor", "site", "district"`

// manyQL writes the query. Everything in it is a constant, a checked name, or a
// number.
func manyQL(q query, where string) string {
	in := q.quantity.Info()
	where += fmt.Sprintf(`"sensor" != '' AND time >= %dms AND time <= %dms`, q.from.UnixMilli(), q.to.UnixMilli())
	if q.every == 0 {
		return fmt.Sprintf(`SELECT "%[1]s" AS "value", "%[1]s_qc" AS "qc" FROM "%[2]s" WHERE %[3]s GROUP BY %[4]s LIMIT %[5]d`,
			in.Name, in.Domain, where, bySeries, maxPoints+1)
	}
	return fmt.Sprintf(`SELECT %[6]s("%[1]s") AS "value", max("%[1]s_qc") AS "qc" FROM "%[2]s" WHERE %[3]s AND "%[1]s_qc" < %[7]d GROUP BY time(%[5]ds), %[4]s fill(none);`+
		`SELECT count("%[1]s") AS "bad" FROM "%[2]s" WHERE %[3]s AND "%[1]s_qc" >= %[7]d GROUP BY %[4]s`,
		in.Name, in.Domain, where, bySeries, int64(q.every/time.Second), q.mean(), reading.Bad)
}
