package plugin

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// fillBack bounds of how long ago rows are filled in; a refresh of the panel brings what
// is older.
const fillBack = time.Hour

// fills asks history for what the event stream passed over: it has only the last reading
// of each pack, and nothing of while it was cut. All channels of a quantity are one
// question.
func (f *feed) fills(ctx context.Context) {
	for sleep(ctx, f.pace.fill) {
		for q, wanting := range f.wanting() {
			for part := range slices.Chunk(wanting, maxNames) {
				f.fill(ctx, q, part)
			}
		}
	}
}

// wanting are the channels that wait for history, by quantity.
func (f *feed) wanting() map[reading.Quantity][]*channel {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make(map[reading.Quantity][]*channel)
	for key, of := range f.channels {
		for c := range of {
			if _, _, ok := c.wants(); ok {
				all[key.quantity] = append(all[key.quantity], c)
			}
		}
	}
	return all
}

func (f *feed) fill(ctx context.Context, q reading.Quantity, wanting []*channel) {
	var nodes, sensors []string
	var after, until int64
	for _, c := range wanting {
		from, to, _ := c.wants()
		if after == 0 || from < after {
			after = from
		}
		until = max(until, to)
		nodes, sensors = append(nodes, c.node), append(sensors, c.sensor)
	}
	after = max(after, until-fillBack.Milliseconds())
	slices.Sort(nodes)
	slices.Sort(sensors)
	stamp := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) }
	found, err := f.center.readings(ctx, q, url.Values{
		"quantity": {q.String()}, "from": {stamp(after + 1)}, "to": {stamp(until + 1)},
		"node": {strings.Join(slices.Compact(nodes), ",")}, "sensor": {strings.Join(slices.Compact(sensors), ",")},
	})
	if err != nil && ctx.Err() == nil {
		f.log.Debug("history does not tell what was passed over", "quantity", q, "err", fmt.Sprint(err))
	}
	points := make(map[seriesKey][]point)
	for i := range found {
		h := &found[i]
		points[h.seriesKey] = append(points[h.seriesKey], h.points...) // of two places where a node was moved
	}
	for _, c := range wanting {
		of := points[c.seriesKey]
		slices.SortFunc(of, func(a, b point) int { return cmp.Compare(a.ms, b.ms) })
		c.fill(of, f.pace.tries)
	}
}
