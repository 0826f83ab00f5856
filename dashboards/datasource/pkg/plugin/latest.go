package plugin

import (
	"context"
	"net/url"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/siaga-id/siaga/internal/reading"
)

// latestReading is what the center tells of a series' last reading, also on its stream.
type latestReading struct {
	Node      string    `json:"node"`
	Sensor    string    `json:"sensor"`
	Quantity  string    `json:"quantity"`
	Value     float64   `json:"value"`
	Time      time.Time `json:"time"`
	AgeS      float64   `json:"age_s"`
	IntervalS float64   `json:"interval_s"`
	Stale     bool      `json:"stale"`
	Quality   string    `json:"quality"`
	Simulated bool      `json:"simulated"`
	Clock     string    `json:"clock"`
}

// qualities are the flags by the names that the center writes.
var qualities = func() map[string]reading.Quality {
	named := make(map[string]reading.Quality)
	for _, q := range []reading.Quality{reading.Good, reading.NotEvaluated, reading.Suspect, reading.Bad, reading.Missing} {
		named[q.String()] = q
	}
	return named
}()

// flag is the reading's; one of a later version says that nobody has checked.
func (r *latestReading) flag() reading.Quality {
	if q, ok := qualities[r.Quality]; ok {
		return q
	}
	return reading.NotEvaluated
}

// latest answers with the last reading of each series: a numeric-long frame. What is
// stale, bad or missing has no value there, and what was last read is beside it.
func (s *Source) latest(ctx context.Context, q query, asked backend.DataQuery) (data.Frames, error) {
	nodes, err := s.center.inventory(ctx)
	if err != nil {
		return nil, err
	}
	v := url.Values{}
	if q.Quantity != 0 && q.Values != best {
		named := q.Quantity
		if q.Values == corrected {
			named = named.Corrected()
		}
		v.Set("quantity", named.String())
	}
	if len(q.Scope.Nodes) == 1 {
		v.Set("node", q.Scope.Nodes[0])
	}
	var body struct {
		Readings []latestReading `json:"readings"`
	}
	if err := s.center.get(ctx, "/api/v1/readings/latest", v, &body); err != nil {
		return nil, err
	}
	return data.Frames{latestFrame(chosen(body.Readings, q, nodes), q, nodes, asked.RefID)}, nil
}

// chosen are the readings that a query wants. Of the best values, a corrected one takes
// the place of the raw one unless that is newer.
func chosen(all []latestReading, q query, nodes *inventory) []latestReading {
	taken := make(map[seriesKey]int) // by raw quantity
	var out []latestReading
	for _, r := range all {
		named, ok := reading.Lookup(r.Quantity)
		at := nodes.place(r.Node)
		if !ok || q.Quantity != 0 && named.Raw() != q.Quantity || !q.Scope.has(r.Node, r.Sensor, at.Code, at.DistrictCode) ||
			q.Values == raw && named.IsCorrected() || q.Values == corrected && !named.IsCorrected() {
			continue
		}
		key := seriesKey{r.Node, r.Sensor, named.Raw()}
		i, seen := taken[key]
		switch {
		case !seen:
			taken[key] = len(out)
			out = append(out, r)
		case r.Time.After(out[i].Time), named.IsCorrected() && r.Time.Equal(out[i].Time):
			out[i] = r
		}
	}
	return out
}

// marks are what tables and legends say of a flag.
var marks = data.ValueMappings{data.ValueMapper{
	"1": {Text: "baik", Color: "green", Index: 0},
	"2": {Text: "belum diperiksa", Color: "text", Index: 1},
	"3": {Text: "meragukan", Color: "orange", Index: 2},
	"4": {Text: "buruk", Color: "red", Index: 3},
	"9": {Text: "tidak ada", Color: "red", Index: 4},
}}

func latestFrame(all []latestReading, q query, nodes *inventory, refID string) *data.Frame {
	n := len(all)
	times, values, last := make([]time.Time, n), make([]*float64, n), make([]float64, n)
	ages, intervals, flags := make([]float64, n), make([]float64, n), make([]int64, n)
	stale, sim := make([]bool, n), make([]bool, n)
	names := map[string][]string{"node": nil, "sensor": nil, "site": nil, "district": nil, "quantity": nil, "unit": nil}
	old, simulations, doubtful := 0, 0, 0
	for i := range all {
		r := &all[i]
		at, named := nodes.place(r.Node), r.Quantity
		unit := ""
		if q, ok := reading.Lookup(r.Quantity); ok {
			unit = q.Info().Display
		}
		for key, name := range map[string]string{"node": r.Node, "sensor": r.Sensor, "site": at.Code, "district": at.DistrictCode, "quantity": named, "unit": unit} {
			names[key] = append(names[key], name)
		}
		p := point{r.Time.UnixMilli(), r.Value, r.flag()}
		times[i], last[i], ages[i], intervals[i] = r.Time, r.Value, r.AgeS, r.IntervalS
		flags[i], stale[i], sim[i] = int64(p.quality), r.Stale, r.Simulated
		if !r.Stale {
			values[i] = p.shown()
		} else {
			old++
		}
		if r.Simulated {
			simulations++
		}
		if p.quality == reading.Suspect || p.quality == reading.Bad || p.quality == reading.Missing {
			doubtful++
		}
	}
	f := data.NewFrame("", data.NewField("time", nil, times))
	for _, key := range []string{"node", "sensor", "site", "district", "quantity", "unit"} {
		f.Fields = append(f.Fields, data.NewField(key, nil, names[key]))
	}
	number := func(name string, values any, c *data.FieldConfig) {
		f.Fields = append(f.Fields, data.NewField(name, nil, values).SetConfig(c))
	}
	of := &data.FieldConfig{NoValue: noValue}
	if q.Quantity != 0 {
		of = config(q.Quantity)
	}
	number("value", values, of)
	number("last_value", last, &data.FieldConfig{Unit: of.Unit, Decimals: of.Decimals, Description: "yang terakhir terbaca, juga bila basi atau buruk (what was last read, also where it is stale or bad)"})
	number("age_s", ages, &data.FieldConfig{Unit: "s"})
	number("interval_s", intervals, &data.FieldConfig{Unit: "s"})
	number("quality", flags, &data.FieldConfig{Mappings: marks})
	number("stale", stale, &data.FieldConfig{Mappings: data.ValueMappings{data.ValueMapper{"true": {Text: "basi", Color: "red"}, "false": {Text: "baru", Index: 1}}}})
	number("simulated", sim, &data.FieldConfig{Mappings: data.ValueMappings{data.ValueMapper{"true": {Text: simulated, Color: "purple"}, "false": {Text: "–", Index: 1}}}})
	f.RefID = refID
	f.Meta = &data.FrameMeta{Type: data.FrameTypeNumericLong, TypeVersion: data.FrameTypeVersion{0, 1}}
	if simulations > 0 {
		f.AppendNotices(warn(simulated+": %d dari %d pembacaan (%[1]d of %[2]d readings are simulated)", simulations, n))
	}
	if old > 0 {
		f.AppendNotices(warn("%d pembacaan basi, tanpa nilai sekarang (%[1]d readings are stale and have no present value)", old))
	}
	if doubtful > 0 {
		f.AppendNotices(warn("%d pembacaan meragukan atau buruk (%[1]d readings are suspect or bad)", doubtful))
	}
	return f
}
