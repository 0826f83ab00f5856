package plugin

import (
	"fmt"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/siaga-id/siaga/internal/reading"
)

// The words that a graph's legend and a table say, for operators.
const (
	noValue   = "tidak ada data"
	simulated = "SIMULASI"
)

// seriesKey is what the center keeps apart by itself: a sensor's raw values of a
// quantity, or its corrected ones.
type seriesKey struct {
	node, sensor string
	quantity     reading.Quantity
}

// path is the live channel's, behind the data source's own. It has no time in it, so
// that a refresh finds the same one; ids and quantities are short and of letters that
// Grafana lets through.
func (k seriesKey) path() string {
	return fmt.Sprintf("readings/%s/%s/%s", k.quantity, k.node, k.sensor)
}

// parsePath reads what path writes, and nothing else.
func parsePath(path string) (seriesKey, error) {
	parts := strings.Split(path, "/")
	if len(parts) != 4 || parts[0] != "readings" {
		return seriesKey{}, fmt.Errorf("%q is no live channel: want readings/QUANTITY/NODE/SENSOR", clip(path))
	}
	q, ok := reading.Lookup(parts[1])
	if !ok {
		return seriesKey{}, fmt.Errorf("%q is no quantity", clip(parts[1]))
	}
	if _, err := reading.ParseNodeID(parts[2]); err != nil {
		return seriesKey{}, err
	}
	if _, err := reading.ParseSensorID(parts[3]); err != nil {
		return seriesKey{}, err
	}
	return seriesKey{parts[2], parts[3], q}, nil
}

// series is a line of a graph, without its points.
type series struct {
	seriesKey
	site, district string
	interval       time.Duration // between readings; 0: not known
	simulated      bool
}

// point is one value of a series.
type point struct {
	ms      int64
	value   float64
	quality reading.Quality
}

// shown is nil for what is not to be taken for a measurement.
func (p *point) shown() *float64 {
	if p.quality == reading.Bad || p.quality == reading.Missing {
		return nil
	}
	v := p.value
	return &v
}

// frame makes a timeseries-multi frame. every is the length of means, 0 for readings.
// A live channel's packets and what it is seeded with have the same shape.
func (s *series) frame(points []point, every time.Duration) *data.Frame {
	times, values := make([]time.Time, len(points)), make([]*float64, len(points))
	for i := range points {
		times[i], values[i] = time.UnixMilli(points[i].ms).UTC(), points[i].shown()
	}
	at := data.NewField("time", nil, times)
	// A line ends where a reading is missing, and not where one is a little late.
	at.Config = &data.FieldConfig{Interval: float64((every + s.interval*3/2).Milliseconds())}
	value := data.NewField(s.quantity.String(), data.Labels{
		"node": s.node, "sensor": s.sensor, "site": s.site, "district": s.district, "quantity": s.quantity.String(),
	}, values)
	value.Config = config(s.quantity)
	value.Config.DisplayNameFromDS = s.name()
	f := data.NewFrame("", at, value)
	f.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesMulti, TypeVersion: data.FrameTypeVersion{0, 1}}
	return f
}

// name is what a legend says.
func (s *series) name() string {
	name := s.node + " " + s.sensor
	if s.quantity.IsCorrected() {
		name += " (terkoreksi)"
	}
	if s.simulated {
		name += " " + simulated
	}
	return name
}

// config is how values of a quantity are shown.
func config(q reading.Quantity) *data.FieldConfig {
	in := q.Info()
	decimals := uint16(in.Decimals)
	return &data.FieldConfig{Unit: unit(in), Decimals: &decimals, NoValue: noValue, Description: in.TitleID + " (" + in.TitleEN + ")"}
}

// unit is Grafana's for a quantity: one of its own where that scales or is written
// better, else the unit as people read it. A level is never scaled: one that stands
// in m at one tick and in mm at the next is misread.
func unit(in *reading.Info) string {
	switch in.Unit {
	case "Cel":
		return "celsius"
	case "B":
		return "bytes"
	case "s":
		return "s"
	case "/100":
		return "percent"
	}
	return "suffix:" + in.Display
}
