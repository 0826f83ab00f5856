package ingest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/internal/wire"
)

// TestOlderThanTheRetention: a backlog of which InfluxDB no longer keeps a part. It
// answers as 1.8 does; without a count; and as 1.8 does when a line beside the old
// ones is bad, of which it then says nothing.
func TestOlderThanTheRetention(t *testing.T) {
	const packs, old = 40, 25                // packs 1 to 25 are too old
	backlog := func(seq uint64) *wire.Pack { // each a line
		p := pack(seq)
		for i := range p.Readings {
			p.Readings[i].TimeMS = noon.Add(-time.Hour).UnixMilli() + int64(seq)*1000
		}
		return p
	}
	tooOld := func(line []byte) bool {
		for seq := range old {
			if bytes.Contains(line, fmt.Appendf(nil, "pm2_5=%d.1,", seq+1)) {
				return true
			}
		}
		return false
	}
	for name, tc := range map[string]struct {
		says   string // with the number of points
		bad    string // what a line has that is refused
		writes int    // at most
	}{
		"with a count":     {"partial write: points beyond retention policy dropped=%d", "", 20},
		"without a count":  {"points beyond retention policy%.0d", "", 2*packs + 20},
		"beside a bad one": {"partial write: points beyond retention policy dropped=%d", "pm2_5=30.1,", 40},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := against(t)
			var open atomic.Bool
			var writes atomic.Int64
			answer := func(w http.ResponseWriter, body []byte) {
				if !open.Load() { // until all wait
					status(503, "starting")(w, body)
					return
				}
				writes.Add(1)
				var good []byte
				expired, refused := 0, 0
				for line := range bytes.Lines(body) {
					switch {
					case tooOld(line):
						expired++
					case tc.bad != "" && bytes.Contains(line, []byte(tc.bad)):
						refused++
					default:
						good = append(good, line...)
					}
				}
				s.keep(good)
				switch {
				case expired > 0:
					status(400, fmt.Sprintf(tc.says, expired))(w, body)
				case refused > 0:
					status(400, "partial write: field type conflict dropped=1")(w, body)
				default:
					w.WriteHeader(http.StatusNoContent)
				}
			}
			s.mu.Lock()
			s.script = slices.Repeat([]func(http.ResponseWriter, []byte){answer}, 1000)
			s.mu.Unlock()
			for seq := range uint64(packs) {
				r.send(t, "n1", encode(t, backlog(seq+1)))
			}
			until(t, "all are in the spool", func() bool { return r.Status().WaitingPacks == packs })
			open.Store(true)
			until(t, "all done", func() bool { return r.Status().WaitingPacks == 0 && r.Status().WaitingReports == 0 })
			for seq := range uint64(packs) {
				has := contains(s.content(), wantPoints(backlog(seq+1)))
				if want := seq >= old && (tc.bad == "" || seq+1 != 30); has != want {
					t.Errorf("pack %d is stored: %t, want %t", seq+1, has, want)
				}
			}
			if got := counted(t, r.metrics.expired); got != old {
				t.Errorf("%v points counted as expired, want %d", got, old)
			}
			if n := writes.Load(); n > int64(tc.writes) {
				t.Errorf("%d writes, want at most %d", n, tc.writes)
			}
			want := 0
			if tc.bad != "" {
				want = 1
			}
			if e := r.registry.entries(); len(e) != want {
				t.Errorf("in the quarantine: %+v", e)
			}
			told := uint64(0)
			for _, g := range r.registry.ranges() {
				told += g.To - g.From + 1
			}
			if told != packs {
				t.Errorf("the ledger was told of %d packs, want %d", told, packs)
			}
			if why := r.Status().Store; why != "" {
				t.Errorf("InfluxDB is shown as troubled: %s", why)
			}
		})
	}
}

// counted is a counter's value.
func counted(t *testing.T, c prometheus.Collector) float64 {
	t.Helper()
	reg := prometheus.NewRegistry()
	reg.MustRegister(c)
	families, err := reg.Gather()
	if err != nil || len(families) != 1 {
		t.Fatal(families, err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}
