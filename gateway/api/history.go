package api

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/internal/reading"
)

// Querier asks InfluxDB.
type Querier interface {
	// Query runs InfluxQL statements that only read. Times in the answer are Unix
	// milliseconds. It must end when ctx does.
	Query(ctx context.Context, influxQL string) ([]Series, error)
}

// Series is one series of an answer: rows of numbers, nil where InfluxDB says
// null. The first column is the time.
type Series struct {
	Name    string            `json:"name"`
	Tags    map[string]string `json:"tags"`
	Columns []string          `json:"columns"`
	Values  [][]*float64      `json:"values"`
}

// maxPoints bounds one series of an answer. A day of a 5-second sensor fits.
const maxPoints = 20_000

type pointBody struct {
	Time    stamp    `json:"time"`
	Value   *float64 `json:"value" doc:"null where there was no reading"`
	Quality string   `json:"quality" enum:"good,not evaluated,suspect,bad,missing" doc:"of several readings the worst"`
}

type seriesBody struct {
	Sensor string      `json:"sensor"`
	Points []pointBody `json:"points"`
}

type historyBody struct {
	Node     string       `json:"node"`
	Quantity string       `json:"quantity"`
	Unit     string       `json:"unit"`
	Series   []seriesBody `json:"series"`
}

type historyOutput struct{ Body historyBody }

type historyInput struct {
	Node     string    `query:"node" required:"true"`
	Sensor   string    `query:"sensor" doc:"empty: all"`
	Quantity string    `query:"quantity" required:"true"`
	From     time.Time `query:"from" doc:"empty: an hour before to"`
	To       time.Time `query:"to" doc:"empty: now"`
	Every    string    `query:"every" doc:"such as 30s, 5m, 1h or 1d: means of that long, of counts and rain sums; empty: every reading"`
}

func (s *Server) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	q, err := in.query(s.opt.Now())
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	found, err := s.opt.Influx.Query(ctx, q.influxQL())
	if err != nil {
		return nil, s.unavailable("read history", err)
	}
	body := historyBody{Node: in.Node, Quantity: in.Quantity, Unit: q.quantity.Info().Display, Series: []seriesBody{}}
	for _, f := range found {
		if len(f.Values) > maxPoints {
			return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("more than %d readings: ask for less time, or give every", maxPoints))
		}
		body.Series = append(body.Series, seriesBody{Sensor: f.Tags["sensor"], Points: points(f.Values)})
	}
	return &historyOutput{body}, nil
}

// query is a history that can be asked for: all its names are in the tables.
type query struct {
	node     reading.NodeID
	sensor   reading.SensorID // "": all
	quantity reading.Quantity
	from, to time.Time
	every    time.Duration // 0: raw
}

func (in *historyInput) query(now time.Time) (query, error) {
	q := query{from: in.From, to: in.To}
	var err error
	if q.node, err = reading.ParseNodeID(in.Node); err != nil {
		return q, err
	}
	if in.Sensor != "" {
		if q.sensor, err = reading.ParseSensorID(in.Sensor); err != nil {
			return q, err
		}
	}
	var ok bool
	if q.quantity, ok = reading.Lookup(in.Quantity); !ok {
		return q, fmt.Errorf("there is no such quantity")
	}
	if q.to.IsZero() {
		q.to = now
	}
	if q.from.IsZero() {
		q.from = q.to.Add(-time.Hour)
	}
	if !q.from.Before(q.to) {
		return q, fmt.Errorf("from is not before to")
	}
	// What InfluxDB can hold, and our arithmetic.
	if q.from.Year() < 1970 || q.to.Year() > 2200 {
		return q, fmt.Errorf("from and to must be between the years 1970 and 2200")
	}
	if q.every, err = parseEvery(in.Every); err != nil {
		return q, err
	}
	if q.every > 0 && q.to.Sub(q.from)/q.every > maxPoints {
		return q, fmt.Errorf("more than %d points: ask for less time, or for longer means", maxPoints)
	}
	return q, nil
}

// parseEvery reads a whole number of seconds, minutes, hours or days.
func parseEvery(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	unit, ok := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 16)
	if !ok || err != nil || n == 0 {
		return 0, fmt.Errorf("every: want a whole number of s, m, h or d, such as 5m")
	}
	return time.Duration(n) * unit, nil
}

// influxQL writes the query. Everything in it is a constant, a checked name, or
// a number.
func (q query) influxQL() string {
	in := q.quantity.Info()
	where := fmt.Sprintf(`"node" = '%s'`, q.node)
	if q.sensor != "" {
		where += fmt.Sprintf(` AND "sensor" = '%s'`, q.sensor)
	}
	where += fmt.Sprintf(` AND time >= %dms AND time <= %dms`, q.from.UnixMilli(), q.to.UnixMilli())
	if q.every == 0 {
		// One more than allowed, to see that there are more.
		return fmt.Sprintf(`SELECT "%[1]s" AS "value", "%[1]s_qc" AS "qc" FROM "%[2]s" WHERE %[3]s GROUP BY "sensor" LIMIT %[4]d`,
			in.Name, in.Domain, where, maxPoints+1)
	}
	// The largest flag is the worst; with "not evaluated" above "good", a window
	// is good only where all of it is.
	return fmt.Sprintf(`SELECT %[5]s("%[1]s") AS "value", max("%[1]s_qc") AS "qc" FROM "%[2]s" WHERE %[3]s GROUP BY time(%[4]ds), "sensor" fill(null)`,
		in.Name, in.Domain, where, int64(q.every/time.Second), q.mean())
}

// mean is InfluxQL's function that makes one value of several.
func (q query) mean() string {
	if raw := q.quantity.Raw(); raw == reading.Count || raw == reading.Rain {
		return "sum" // each is of its interval
	}
	return "mean"
}

func points(rows [][]*float64) []pointBody {
	all := make([]pointBody, 0, len(rows))
	for _, row := range rows {
		if len(row) != 3 || row[0] == nil {
			continue
		}
		p := pointBody{Time: stamp{time.UnixMilli(int64(*row[0]))}, Value: row[1], Quality: reading.Missing.String()}
		if p.Value != nil {
			p.Quality = quality(row[2]).String()
		}
		all = append(all, p)
	}
	return all
}

// quality reads a flag as stored; what is none says that nobody has checked.
func quality(v *float64) reading.Quality {
	if v == nil || *v != math.Trunc(*v) || *v < 0 || *v > 255 || !reading.Quality(*v).Valid() {
		return reading.NotEvaluated
	}
	return reading.Quality(*v)
}
