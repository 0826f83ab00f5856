package plugin

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// What history never tells goes on without it, and is counted; a preview of a node
// without a clock goes on no graph.
func TestChannelGoesOnWithoutHistory(t *testing.T) {
	before := counted(t, "siaga_datasource_live_unfilled_total")
	c := &channel{series: series{seriesKey: pm, interval: time.Second}, last: 1000, limit: 3}
	for _, ms := range []int64{900, 1000, 2000, 7000, 8000, 9000, 10_000, 10_000} {
		c.offer(point{ms: ms})
	}
	if after, until, ok := c.wants(); !ok || after != 2000 || until != 10_000 {
		t.Errorf("%d %d %v", after, until, ok)
	}
	c.fill(nil, 2)
	c.fill([]point{{ms: 3000}}, 2)
	rows, dropped := c.take()
	if fmt.Sprint(rows) != fmt.Sprint([]point{{ms: 8000}, {ms: 9000}, {ms: 10_000}}) || dropped != 2 {
		t.Errorf("%v, %d dropped", rows, dropped)
	}
	if got := counted(t, "siaga_datasource_live_unfilled_total") - before; got != 3 {
		t.Errorf("%v not found", got)
	}
	f := newFeed(nil, quick, nil)
	f.channels[pm] = map[*channel]struct{}{c: {}}
	preview := told(noon, 1)
	preview.Clock = "none"
	f.hand([]latestReading{preview})
	if rows, _ := c.take(); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	f.close()
}

// What history does not reach yet waits on: what is between may be on its way.
func TestChannelWaitsForAllOfHistory(t *testing.T) {
	c := &channel{series: series{seriesKey: pm, interval: time.Second}, last: 1000, limit: 100}
	c.offer(point{ms: 4000})
	c.offer(point{ms: 7000})
	c.fill([]point{{ms: 500}, {ms: 1000}, {ms: 2000}, {ms: 3000}, {ms: 4000}, {ms: 5000}}, 9)
	rows, _ := c.take()
	if fmt.Sprint(rows) != fmt.Sprint([]point{{ms: 2000}, {ms: 3000}, {ms: 4000}, {ms: 5000}}) {
		t.Errorf("%v", rows)
	}
	if after, until, ok := c.wants(); !ok || after != 5000 || until != 7000 {
		t.Errorf("%d %d %v", after, until, ok)
	}
	c.fill([]point{{ms: 6000}, {ms: 7000}}, 9)
	c.offer(point{ms: 8000})
	if rows, _ := c.take(); fmt.Sprint(rows) != fmt.Sprint([]point{{ms: 6000}, {ms: 7000}, {ms: 8000}}) {
		t.Errorf("%v", rows)
	}
}

func TestEvents(t *testing.T) {
	var got []string
	err := events(strings.NewReader(": hello\r\nretry: 5\n\nevent: a\ndata: 1\ndata:2\n\nevent: b\n\ndata: 3\r\n\r\nevent: c\ndata: cut"), func(name string, data []byte) error {
		got = append(got, name+"="+string(data))
		return nil
	})
	if err != nil || fmt.Sprintf("%q", got) != `["a=1\n2" "=3"]` {
		t.Errorf("%q, %v", got, err)
	}
	if err := events(io.LimitReader(zeros{}, maxEvent+2), func(string, []byte) error { return nil }); err == nil {
		t.Error("a line without end is read to it")
	}
}
