package plugin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// mark is an annotation. Where end is nil it is of one moment.
type mark struct {
	begin             time.Time
	end               *time.Time
	title, text, tags string
}

// maxMarks bounds the annotations of one query; the last begun are kept.
const maxMarks = 1000

// annotations answers with what explains a graph: gaps, changes of configurations, and
// planned events.
func (s *Source) annotations(ctx context.Context, q query, asked backend.DataQuery) (data.Frames, error) {
	var all []mark
	more := 0
	for _, of := range []struct {
		kind string
		get  func(context.Context, query, backend.DataQuery) ([]mark, int, error)
	}{{gapKind, s.gapMarks}, {configurationKind, s.configurationMarks}, {eventKind, s.eventMarks}} {
		if !q.wants(of.kind) {
			continue
		}
		marks, left, err := of.get(ctx, q, asked)
		if err != nil {
			return nil, err
		}
		all, more = append(all, marks...), more+left
	}
	slices.SortStableFunc(all, func(a, b mark) int { return cmp.Or(a.begin.Compare(b.begin), cmp.Compare(a.title, b.title)) })
	if over := len(all) - maxMarks; over > 0 {
		all, more = all[over:], more+over
	}
	f := table(asked.RefID,
		column(all, "time", func(m *mark) time.Time { return m.begin }),
		column(all, "timeEnd", func(m *mark) *time.Time { return m.end }),
		column(all, "title", func(m *mark) string { return m.title }),
		column(all, "text", func(m *mark) string { return m.text }),
		column(all, "tags", func(m *mark) string { return m.tags }),
	)
	f.Meta.DataTopic = data.DataTopicAnnotations
	if more > 0 {
		f.AppendNotices(warn("masih ada %d anotasi lagi (there are %[1]d more annotations)", more))
	}
	return data.Frames{f}, nil
}

// gapMarks are regions from the last reading before a gap to the first behind it, or
// to now. Where neither is known, nothing says where to mark.
func (s *Source) gapMarks(ctx context.Context, q query, asked backend.DataQuery) (all []mark, more int, err error) {
	gaps, more, err := s.gaps(ctx, q, asked, fmt.Sprint(maxMarks))
	if err != nil {
		return nil, 0, err
	}
	for i := range gaps {
		g := &gaps[i]
		m := mark{end: g.ToTime, title: g.Node + ": celah data, " + word(gapStates, g.State), text: joined(g.Words, g.Reason), tags: tags(gapKind, g.Node, g.State)}
		switch {
		case g.FromTime != nil:
			m.begin = *g.FromTime
		case g.ToTime != nil:
			m.begin, m.end = *g.ToTime, nil
		default:
			continue
		}
		if m.end == nil && g.FromTime != nil {
			now := asked.TimeRange.To
			m.end = &now
		}
		all = append(all, m)
	}
	return all, more, nil
}

// origins are where a configuration was made, and what is said of it.
var origins = map[string]string{"center": "dari pusat", "node": "di node"}

// configurationStates are what became of a configuration, and what is said of it.
var configurationStates = map[string]string{
	"desired": "belum dijawab node", "in force": "berlaku", "failed": "gagal", "conflict": "bertentangan", "superseded": "sudah diganti",
}

func (s *Source) configurationMarks(ctx context.Context, q query, asked backend.DataQuery) (all []mark, more int, err error) {
	var body struct {
		Configurations []struct {
			Node    string    `json:"node"`
			Version uint64    `json:"version"`
			Origin  string    `json:"origin"`
			Reason  string    `json:"reason"`
			State   string    `json:"state"`
			Time    time.Time `json:"time"`
		} `json:"configurations"`
	}
	nodes, err := s.center.inventory(ctx)
	if err != nil {
		return nil, 0, err
	}
	v := span(asked.TimeRange)
	v.Set("limit", fmt.Sprint(maxMarks))
	if err := s.center.get(ctx, "/api/v1/configurations", v, &body); err != nil {
		return nil, 0, err
	}
	for _, c := range body.Configurations {
		at := nodes.place(c.Node)
		if !q.Scope.has(c.Node, "", at.Code, at.DistrictCode) {
			continue
		}
		all = append(all, mark{
			begin: c.Time, title: fmt.Sprintf("%s: konfigurasi %d %s", c.Node, c.Version, word(origins, c.Origin)),
			text: joined(word(configurationStates, c.State), c.Reason), tags: tags(configurationKind, c.Node, c.State),
		})
	}
	return all, 0, nil
}

// eventWords are the kinds of events, and what is said of them.
var eventWords = map[string]string{"repair": "perbaikan", "flushing": "penggelontoran waduk", "other": "acara"}

// eventMarks are planned events that were not called off. One of a river concerns
// everybody.
func (s *Source) eventMarks(ctx context.Context, q query, asked backend.DataQuery) (all []mark, more int, err error) {
	var body struct {
		Events []struct {
			Kind      string     `json:"kind"`
			Scope     string     `json:"scope"`
			Object    string     `json:"object"`
			From      time.Time  `json:"from"`
			To        time.Time  `json:"to"`
			Reason    string     `json:"reason"`
			Cancelled *time.Time `json:"cancelled"`
		} `json:"events"`
	}
	nodes, err := s.center.inventory(ctx)
	if err != nil {
		return nil, 0, err
	}
	if err := s.center.get(ctx, "/api/v1/events", span(asked.TimeRange), &body); err != nil {
		return nil, 0, err
	}
	for _, e := range body.Events {
		if e.Cancelled != nil {
			continue
		}
		if e.Scope != "river" {
			id, sensor, _ := strings.Cut(e.Object, "/")
			if at := nodes.place(id); !q.Scope.has(id, sensor, at.Code, at.DistrictCode) {
				continue
			}
		}
		all = append(all, mark{begin: e.From, end: &e.To, title: e.Object + ": " + word(eventWords, e.Kind), text: e.Reason, tags: tags(eventKind, e.Kind)})
	}
	return all, 0, nil
}

// word is what is said of a name, the name itself where it is of a later version.
func word(words map[string]string, name string) string { return cmp.Or(words[name], name) }

// tags are as Grafana reads them from a column.
func tags(all ...string) string { return strings.Join(all, ",") }

// joined are the words that there are.
func joined(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " ")
}
