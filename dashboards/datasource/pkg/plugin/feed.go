package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/siaga-id/siaga/internal/reading"
)

// pace is how fast things go.
type pace struct {
	send     time.Duration // between packets of a channel
	fill     time.Duration // between questions of history
	tries    int           // how often history is asked for the same
	silence  time.Duration // after which the event stream is dead; the center says something each second
	retry    time.Duration // before the first attempt to connect again, doubled up to retryMax
	retryMax time.Duration
	queue    int // rows that may wait in a channel
}

var usual = pace{
	send: 500 * time.Millisecond, fill: time.Second, tries: 10, silence: 30 * time.Second,
	retry: 250 * time.Millisecond, retryMax: 10 * time.Second, queue: 2048,
}

// maxSeeds bounds how many series it is remembered of with what they were seeded.
const maxSeeds = 20_000

// seeding is a series as a panel has it, and the time of its last row.
type seeding struct {
	series
	last int64
}

// feed is the one event stream from the center, handed on to all channels. It is open
// while there are any.
type feed struct {
	center *center
	pace   pace
	log    log.Logger
	ended  context.Context
	end    context.CancelFunc
	wg     sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	channels map[seriesKey]map[*channel]struct{}
	stop     context.CancelFunc // of the stream; nil: there is none
	seeds    map[seriesKey]seeding
}

func newFeed(c *center, p pace, l log.Logger) *feed {
	f := &feed{center: c, pace: p, log: l, channels: make(map[seriesKey]map[*channel]struct{}), seeds: make(map[seriesKey]seeding)}
	f.ended, f.end = context.WithCancel(context.Background())
	return f
}

// close ends all and waits for it.
func (f *feed) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.end()
	f.wg.Wait()
}

// seed remembers with what a panel was answered: its channel goes on behind that.
func (f *feed) seed(s series, last int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.seeds[s.seriesKey]; !known && len(f.seeds) >= maxSeeds {
		for key := range f.seeds { // any: it is only begun a little later then
			delete(f.seeds, key)
			break
		}
	}
	f.seeds[s.seriesKey] = seeding{s, last}
}

// seeded returns what seed remembered.
func (f *feed) seeded(k seriesKey) (seeding, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.seeds[k]
	return s, ok
}

var errClosed = errors.New("the data source was changed: its live channels begin anew")

// follow opens a channel that goes on behind a time; the caller leaves it.
func (f *feed) follow(s series, last int64) (*channel, error) {
	c := &channel{series: s, last: last, limit: f.pace.queue}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, errClosed
	}
	if f.channels[s.seriesKey] == nil {
		f.channels[s.seriesKey] = make(map[*channel]struct{})
	}
	f.channels[s.seriesKey][c] = struct{}{}
	liveChannels.Inc()
	if f.stop == nil {
		ctx, stop := context.WithCancel(f.ended)
		f.stop = stop
		f.wg.Go(func() { f.listen(ctx) })
		f.wg.Go(func() { f.fills(ctx) })
	}
	return c, nil
}

// leave closes a channel, and the stream with the last one.
func (f *feed) leave(c *channel) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.channels[c.seriesKey], c)
	if len(f.channels[c.seriesKey]) == 0 {
		delete(f.channels, c.seriesKey)
	}
	liveChannels.Dec()
	if len(f.channels) == 0 {
		f.stop()
		f.stop = nil
	}
}

// listen keeps the event stream open until ctx ends.
func (f *feed) listen(ctx context.Context) {
	wait := f.pace.retry
	var lost time.Time // since when there is none
	for {
		err := f.read(ctx, func() {
			wait = f.pace.retry
			if !lost.IsZero() {
				f.log.Info("the center's event stream is back; what was missed is filled in from history", "after", time.Since(lost).Round(time.Millisecond))
			}
			lost = time.Time{}
		})
		if ctx.Err() != nil {
			return
		}
		if lost.IsZero() {
			lost = time.Now()
			liveInterruptions.Inc()
			f.log.Warn("the center's event stream is lost; it is asked for again", "err", err)
		} else {
			f.log.Debug("the center's event stream is still lost", "err", err)
		}
		if !sleep(ctx, wait/2+rand.N(wait/2+1)) { // not all data sources at once
			return
		}
		wait = min(2*wait, f.pace.retryMax)
	}
}

// sleep returns false when ctx ends before.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// read follows one connection; begun is called once it has told everything.
func (f *feed) read(ctx context.Context, begun func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silent := time.AfterFunc(f.pace.silence, cancel)
	defer silent.Stop()
	resp, err := f.center.open(ctx, "/api/v1/live", nil, "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	err = events(heard{resp.Body, func() { silent.Reset(f.pace.silence) }}, func(name string, data []byte) error {
		if name != "latest" && name != "readings" {
			return nil
		}
		var body struct {
			Readings []latestReading `json:"readings"`
		}
		if err := json.Unmarshal(data, &body); err != nil {
			return fmt.Errorf("%w: its event %s: %w", errNotSiaga, name, err)
		}
		if name == "latest" {
			begun()
		}
		f.hand(body.Readings)
		return nil
	})
	if err == nil {
		err = io.ErrUnexpectedEOF // the center never ends it well
	}
	return err
}

// heard tells of every word that is read.
type heard struct {
	io.Reader
	tell func()
}

func (h heard) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if n > 0 {
		h.tell()
	}
	return n, err
}

// hand gives readings to their channels. Previews of nodes without a clock are not in
// history, and their times are of their arrival: no graph goes on with them.
func (f *feed) hand(all []latestReading) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range all {
		r := &all[i]
		q, ok := reading.Lookup(r.Quantity)
		if !ok || r.Clock == "none" {
			continue
		}
		for c := range f.channels[seriesKey{r.Node, r.Sensor, q}] {
			c.offer(point{r.Time.UnixMilli(), r.Value, r.flag()})
		}
	}
}
