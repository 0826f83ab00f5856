package minute

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/influx"
)

const (
	// Chunk is how many bytes of lines should go in one write, far below what servers
	// and proxies take: some 1,400 points, which take the embedded engine 20 ms.
	Chunk = 128 << 10
	// rest is the least between two writes of a pass, longest the most while readings
	// wait, rests what all rests of a pass take together: 10,000 nodes with four
	// sensors are done in about 10 s, and whatever comes, in time for their minute.
	rest    = 200 * time.Millisecond
	longest = time.Second
	rests   = 15 * time.Second
	// look is how often it is asked whether readings still wait.
	look = 50 * time.Millisecond
)

// Writer writes lines in such a way that readings go first. All fields but Busy are
// required.
type Writer struct {
	Store ingest.Store
	// Busy says that readings wait for InfluxDB. nil: they never do.
	Busy func() bool
	// What is written, for errors and the log: "the index".
	What string
	// Minutes counts as "refused" writes that InfluxDB will never take.
	Minutes *prometheus.CounterVec
	Log     *slog.Logger
}

// Put writes lines at once. Those that InfluxDB will never take are told of and left
// out; those that are older than it keeps are only left out.
func (w *Writer) Put(ctx context.Context, lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	err := w.Store.Write(ctx, lines)
	var rejected *influx.RejectedError
	var expired *influx.ExpiredError
	var large *influx.TooLargeError
	if errors.As(err, &expired) {
		return nil
	}
	if errors.As(err, &rejected) || errors.As(err, &large) {
		w.Minutes.WithLabelValues("refused").Inc()
		w.Log.Error("InfluxDB refuses some of "+w.What+"; the rest is written", "bytes", len(lines), "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", w.What, err)
	}
	return nil
}

// Pass begins what is done for one minute.
func (w *Writer) Pass() *Pass { return &Pass{w: w, left: rests, since: time.Now()} }

// Pass is one minute's work, in chunks with rests between them: as long as each took,
// at least, and longer while readings wait. When all its rests are used up it goes on
// without any. It is for one goroutine.
type Pass struct {
	w     *Writer
	left  time.Duration // for rests
	since time.Time     // when the chunk that is under way was begun
	wrote bool
	lines []byte
}

// Lines is where to append lines; Add takes them back.
func (p *Pass) Lines() []byte { return p.lines }

// Add takes lines back, and writes them when they are a Chunk.
func (p *Pass) Add(ctx context.Context, lines []byte) error {
	p.lines = lines
	if len(lines) < Chunk {
		return nil
	}
	return p.Flush(ctx)
}

// Flush writes what was added.
func (p *Pass) Flush(ctx context.Context) error {
	if len(p.lines) == 0 {
		return nil
	}
	if p.wrote {
		p.Rest(ctx)
	}
	p.wrote = true
	err := p.w.Put(ctx, p.lines)
	p.lines = p.lines[:0]
	return err
}

// Rest ends a chunk of work that may be no write, as a query, and rests. It returns
// early when ctx ends.
func (p *Pass) Rest(ctx context.Context) {
	began := time.Now()
	least := min(max(began.Sub(p.since), rest), longest)
	for time.Since(began) < min(longest, p.left) && ctx.Err() == nil {
		if d := least - time.Since(began); d > 0 {
			Sleep(ctx, min(d, p.left))
		} else if p.w.Busy != nil && p.w.Busy() {
			Sleep(ctx, look)
		} else {
			break
		}
	}
	p.since = time.Now()
	p.left = max(p.left-p.since.Sub(began), 0)
}
