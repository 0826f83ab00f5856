package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/internal/reading"
)

// columns is a series as the center answers it.
type columns struct {
	Node      string    `json:"node"`
	Sensor    string    `json:"sensor"`
	Site      string    `json:"site"`
	District  string    `json:"district"`
	IntervalS float64   `json:"interval_s"`
	Simulated bool      `json:"simulated"`
	Bad       int       `json:"bad"`
	TimesMS   []int64   `json:"times_ms"`
	Values    []float64 `json:"values"`
	Qualities []int     `json:"qualities"`
}

// history is a series with its points.
type history struct {
	series
	bad    int  // of readings of the time, whether they are points or not
	sums   bool // over a time; else means, where there is one
	rolled bool // of hourly roll-ups, which are of good readings alone
	points []point
}

const (
	// liveAge is how far from now a time may end that goes on live.
	liveAge = time.Minute
	// maxLive bounds the channels of one query: a browser's connection carries 128,
	// and its other panels want some.
	maxLive = 60
)

// readings answers with one frame a series.
func (s *Source) readings(ctx context.Context, q query, asked backend.DataQuery) (data.Frames, error) {
	nodes, err := s.center.inventory(ctx)
	if err != nil {
		return nil, err
	}
	every, coarse := nodes.step(q, asked)
	all, err := s.histories(ctx, q, asked.TimeRange, every)
	var no *statusError
	if every == 0 && errors.As(err, &no) && no.Status == http.StatusUnprocessableEntity {
		every = step(asked) // there are more readings than sensors say
		all, err = s.histories(ctx, q, asked.TimeRange, every)
	}
	if err != nil {
		return nil, err
	}
	var frames data.Frames
	live, left := 0, 0
	goesOn := q.Live && time.Since(asked.TimeRange.To) < liveAge
	for i := range all {
		h := &all[i]
		f := h.frame(h.points, every)
		f.RefID = asked.RefID
		if goesOn && newest(all, i) && nodes.place(h.node).Code == h.site {
			if live++; live <= maxLive {
				f.Meta.Channel = "ds/" + s.uid + "/" + h.path()
				s.feed.seed(h.series, h.points[len(h.points)-1].ms)
			} else {
				left++
			}
		}
		frames = append(frames, f)
	}
	if len(frames) == 0 {
		f := data.NewFrame("")
		f.RefID = asked.RefID
		f.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesMulti, TypeVersion: data.FrameTypeVersion{0, 1}}
		frames = data.Frames{f}
	}
	frames[0].Meta.Notices = append(doubts(all), lengths(all, every, live > 0, coarse)...)
	if left > 0 {
		frames[0].AppendNotices(warn("%d seri terbaru hanya saat panel disegarkan: paling banyak %d seri langsung (%[1]d series go on at a refresh only: at most %[2]d go on live)", left, maxLive))
	}
	frames[0].Meta.ExecutedQueryString = ask(q, asked.TimeRange, every).Encode()
	return frames, nil
}

// newest tells whether no other series of the same sensor has a later point: the one
// that goes on.
func newest(all []history, i int) bool {
	last := func(h *history) int64 { return h.points[len(h.points)-1].ms }
	for j := range all {
		if j != i && all[j].node == all[i].node && all[j].sensor == all[i].sensor && last(&all[j]) > last(&all[i]) {
			return false
		}
	}
	return true
}

// ask is how the center is asked.
func ask(q query, span backend.TimeRange, every time.Duration) url.Values {
	v := url.Values{
		"quantity": {q.Quantity.String()},
		"from":     {span.From.UTC().Format(time.RFC3339Nano)}, "to": {span.To.UTC().Format(time.RFC3339Nano)},
	}
	if every > 0 {
		v.Set("every", fmt.Sprintf("%ds", every/time.Second))
	}
	for name, list := range map[string][]string{"node": q.Scope.Nodes, "sensor": q.Scope.Sensors, "site": q.Scope.Sites, "district": q.Scope.Districts} {
		if len(list) > 0 {
			v.Set(name, strings.Join(list, ","))
		}
	}
	return v
}

// histories returns the series that a query wants and that have points, by node and
// sensor. Of the best values, a sensor's raw ones are a series of their own, and only of
// times without a corrected one: no line is of both.
func (s *Source) histories(ctx context.Context, q query, span backend.TimeRange, every time.Duration) ([]history, error) {
	var rawOnes, correctedOnes []history
	g, ctx := errgroup.WithContext(ctx)
	get := func(quantity reading.Quantity, into *[]history) {
		of := q
		of.Quantity = quantity
		g.Go(func() (err error) {
			*into, err = s.center.readings(ctx, quantity, ask(of, span, every))
			return err
		})
	}
	if q.Values != corrected {
		get(q.Quantity, &rawOnes)
	}
	if q.Values != raw {
		get(q.Quantity.Corrected(), &correctedOnes)
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if q.Values == best {
		rawOnes = without(rawOnes, correctedOnes)
	}
	all := slices.DeleteFunc(append(correctedOnes, rawOnes...), func(h history) bool { return len(h.points) == 0 })
	slices.SortFunc(all, func(a, b history) int {
		return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.sensor, b.sensor), cmp.Compare(a.quantity, b.quantity), cmp.Compare(a.site, b.site))
	})
	return all, nil
}

// without leaves out the points of raw series of whose time there is a corrected one.
func without(rawOnes, correctedOnes []history) []history {
	type at struct{ node, sensor, site string }
	has := make(map[at]map[int64]bool, len(correctedOnes))
	for i := range correctedOnes {
		h := &correctedOnes[i]
		times := make(map[int64]bool, len(h.points))
		for _, p := range h.points {
			times[p.ms] = true
		}
		has[at{h.node, h.sensor, h.site}] = times
	}
	for i := range rawOnes {
		h := &rawOnes[i]
		if times := has[at{h.node, h.sensor, h.site}]; times != nil {
			h.points = slices.DeleteFunc(h.points, func(p point) bool { return times[p.ms] })
			h.bad = 0 // the corrected series tells
		}
	}
	return rawOnes
}

// readings asks for the series of one quantity.
func (c *center) readings(ctx context.Context, q reading.Quantity, v url.Values) ([]history, error) {
	const path = "/api/v1/readings/series"
	var body struct {
		Value  string    `json:"value"`
		Basis  string    `json:"basis"`
		Series []columns `json:"series"`
	}
	if err := c.get(ctx, path, v, &body); err != nil {
		return nil, err
	}
	all := make([]history, 0, len(body.Series))
	for i := range body.Series {
		in := &body.Series[i]
		if len(in.TimesMS) != len(in.Values) || len(in.Values) != len(in.Qualities) {
			return nil, fmt.Errorf("%w: its answer to %s has columns of different lengths", errNotSiaga, path)
		}
		h := history{bad: in.Bad, sums: body.Value == "sum", rolled: body.Basis == "rollups", points: make([]point, len(in.Values)), series: series{
			seriesKey: seriesKey{in.Node, in.Sensor, q}, site: in.Site, district: in.District,
			interval: time.Duration(in.IntervalS * float64(time.Second)), simulated: in.Simulated,
		}}
		for j := range in.Values {
			h.points[j] = point{in.TimesMS[j], in.Values[j], asQuality(in.Qualities[j])}
		}
		all = append(all, h)
	}
	return all, nil
}

// asQuality reads a quality; what is none says that nobody has checked.
func asQuality(v int) reading.Quality {
	if v < 0 || v > 255 || !reading.Quality(v).Valid() {
		return reading.NotEvaluated
	}
	return reading.Quality(v)
}
