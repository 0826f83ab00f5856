package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// What was acknowledged is in InfluxDB in the end, although the ingester stopped
// between its fsync and the write, or between the write and freeing the record.
func TestRestartBeforeAndAfterTheWrite(t *testing.T) {
	for name, written := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.store.fail = func(lines []byte) error {
					if written {
						got, _ := parseLines(t, lines)
						maps.Copy(r.store.points, got)
					}
					return errors.New("cut off")
				}
				r.start(t)
				want := map[point]string{}
				for seq := uint64(1); seq <= 20; seq++ {
					p := pack(seq)
					payload := encode(t, p)
					r.send(t, "n1", payload)
					until(t, "acknowledged", func() bool { stored, _ := r.acker.has("n1", payload); return stored })
					maps.Copy(want, wantPoints(p))
				}
				if err := r.stop(); err != nil {
					t.Fatal(err)
				}
				if len(r.registry.ranges()) != 0 {
					t.Error("told the ledger of what is not stored")
				}
				r.store.setFail(nil)
				r.start(t)
				until(t, "ledger told", func() bool { return r.Status().WaitingPacks == 0 && r.Status().WaitingReports == 0 })
				if !maps.Equal(r.store.content(), want) {
					t.Errorf("%d values in InfluxDB, want %d", len(r.store.content()), len(want))
				}
				if s := r.registry.ranges(); len(s) != 1 || s[0].From != 1 || s[0].To != 20 || s[0].Readings != 60 {
					t.Errorf("ledger told %+v", s)
				}
			})
		})
	}
}

// A damaged record costs itself, and is told of once.
func TestDamagedSpool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.store.fail = func([]byte) error { return errors.New("away") }
		r.start(t)
		want := map[point]string{}
		for seq := uint64(1); seq <= 3; seq++ {
			p := pack(seq)
			payload := encode(t, p)
			r.send(t, "n1", payload)
			until(t, "acknowledged", func() bool { stored, _ := r.acker.has("n1", payload); return stored })
			if seq != 2 {
				maps.Copy(want, wantPoints(p))
			}
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(r.conf.Dir, "data", "*"))
		if err != nil {
			t.Fatal(err)
		}
		hit := 0
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if i := bytes.Index(b, []byte("pm1=2,")); i >= 0 {
				hit++
				b[i]++
				if err := os.WriteFile(name, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if hit != 1 {
			t.Fatalf("the second pack is in %d of %v", hit, files)
		}
		r.store.setFail(nil)
		for _, damage := range []int{1, 0} {
			r.start(t)
			if s := r.Status(); s.Damage != damage {
				t.Errorf("%d pieces of damage, want %d", s.Damage, damage)
			}
			until(t, "empty", func() bool { return r.Status().WaitingPacks+r.Status().WaitingReports == 0 })
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
		}
		if !maps.Equal(r.store.content(), want) {
			t.Errorf("%d values in InfluxDB, want %d", len(r.store.content()), len(want))
		}
	})
}

// refusedField is in every line that the store of the property test refuses.
const refusedField = "pm1=13,"

// draw makes a pack whose times are its own, so that it shares no point with others.
func draw(rt *rapid.T, seq uint64) *wire.Pack {
	p := pack(seq)
	p.Readings = p.Readings[:0]
	taken := map[reading.Reading]bool{}
	for range rapid.IntRange(1, 12).Draw(rt, "readings") {
		r := reading.Reading{
			Sensor:   rapid.SampledFrom([]reading.SensorID{"s1", "s2"}).Draw(rt, "sensor"),
			Quantity: rapid.SampledFrom([]reading.Quantity{reading.PM1, reading.PM10, reading.Level}).Draw(rt, "quantity"),
			TimeMS:   noon.UnixMilli() - 1_000_000 + 1000*int64(seq) + rapid.Int64Range(0, 2).Draw(rt, "ms"),
		}
		if !taken[r] {
			taken[r] = true
			r.Value, r.Quality = float64(rapid.IntRange(10, 16).Draw(rt, "value")), reading.Good
			p.Readings = append(p.Readings, r)
		}
	}
	return p
}

// node sends packs until each is acknowledged, as the edge agent does.
type node struct {
	packs map[uint64][]byte
	heard int // acknowledgements taken in
	open  map[uint64]bool
}

// listen takes new acknowledgements in: a range counts only when its check is
// that of the node's own packs.
func (n *node) listen(a *fakeAcker) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, ack := range a.acks["n1"][n.heard:] {
		for _, r := range ack.Ranges {
			check := uint32(0)
			for seq := r.From; seq <= r.To; seq++ {
				check ^= wire.Check(n.packs[seq])
			}
			for seq := r.From; check == r.Check && seq <= r.To; seq++ {
				delete(n.open, seq)
			}
		}
	}
	n.heard = len(a.acks["n1"])
}

// plan is one run of the property test, drawn beforehand.
type plan struct {
	batch int
	packs []*wire.Pack
	steps []step
}

type step struct {
	kind int
	seq  uint64 // of the pack that kind sends
	lane wire.Channel
	wait bool
}

// The kinds of step. Those not named send a pack.
const (
	storeAway = iota
	storeCutOff
	storeWell
	registryAway
	registryWell
	restart
	stepKinds = 10
)

func drawPlan(rt *rapid.T) plan {
	pl := plan{batch: rapid.IntRange(1, 20).Draw(rt, "batch")}
	n := rapid.IntRange(1, 15).Draw(rt, "packs")
	for seq := 1; seq <= n; seq++ {
		pl.packs = append(pl.packs, draw(rt, uint64(seq)))
	}
	for range rapid.IntRange(0, 30).Draw(rt, "steps") {
		pl.steps = append(pl.steps, step{
			kind: rapid.IntRange(0, stepKinds-1).Draw(rt, "kind"),
			seq:  uint64(rapid.IntRange(1, n).Draw(rt, "seq")),
			lane: rapid.SampledFrom([]wire.Channel{wire.Live, wire.Fill}).Draw(rt, "lane"),
			wait: rapid.Bool().Draw(rt, "wait"),
		})
	}
	return pl
}

// Whatever fails, restarts and is sent twice in between, the store ends up as
// if nothing had gone wrong, the quarantine with what the store refuses, and the
// ledger with every pack.
func TestEverythingArrives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pl := drawPlan(rt)
		var err error
		synctest.Test(t, func(t *testing.T) { err = pl.play(t) })
		if err != nil {
			rt.Fatal(err)
		}
	})
}

func (pl *plan) play(t *testing.T) (err error) {
	r := newRig(t)
	r.conf.BatchLines = pl.batch
	n := &node{packs: map[uint64][]byte{}, open: map[uint64]bool{}}
	want, refused := map[point]string{}, map[point]string{}
	for _, p := range pl.packs {
		n.packs[p.Seq], n.open[p.Seq] = encode(t, p), true
		var sent wire.Pack // in the order of the wire, which decides what shares a line
		if err := new(wire.Decoder).Decode(n.packs[p.Seq], &sent); err != nil {
			return err
		}
		lines, _ := appendLines(nil, &sent)
		for line := range bytes.Lines(lines) {
			into := want
			if bytes.Contains(line, []byte(refusedField)) {
				into = refused
			}
			got, _ := parseLines(t, line)
			maps.Copy(into, got)
		}
	}
	healthy := refuseLinesWith(refusedField)
	r.store.fail = healthy
	stop := r.run(t)
	defer func() { err = errors.Join(err, stop()) }()
	for _, st := range pl.steps {
		switch st.kind {
		case storeAway:
			r.store.setFail(func([]byte) error { return &influx.RetryableError{Status: 503, Message: "away"} })
		case storeCutOff: // some of the batch is stored, and the answer lost
			r.store.setFail(func(lines []byte) error {
				first := lines[:bytes.IndexByte(lines, '\n')+1]
				if healthy(first) == nil {
					got, _ := parseLines(t, first)
					maps.Copy(r.store.points, got)
				}
				return errors.New("connection reset")
			})
		case storeWell:
			r.store.setFail(healthy)
		case registryAway:
			r.registry.setErr(errors.New("away"))
		case registryWell:
			r.registry.setErr(nil)
		case restart:
			if err := stop(); err != nil {
				return err
			}
			stop = r.run(t)
		default:
			r.sendTo(t, wire.Topic("n1", st.lane), bytes.Clone(n.packs[st.seq]))
		}
		if st.wait {
			time.Sleep(time.Second)
		}
	}
	r.store.setFail(healthy)
	r.registry.setErr(nil)
	for n.listen(r.acker); len(n.open) > 0; n.listen(r.acker) {
		for seq := range n.open {
			r.sendTo(t, "siaga/v1/n1/fill", bytes.Clone(n.packs[seq]))
		}
		time.Sleep(time.Second)
	}
	for r.Status().WaitingPacks+r.Status().WaitingReports > 0 {
		time.Sleep(time.Second)
	}

	if got := r.store.content(); !maps.Equal(got, want) {
		return fmt.Errorf("%d values in InfluxDB, want %d", len(got), len(want))
	}
	inQuarantine := map[point]string{}
	for _, e := range r.registry.entries() {
		points, _ := parseLines(t, e.Payload)
		maps.Copy(inQuarantine, points)
	}
	if !maps.Equal(inQuarantine, refused) {
		return fmt.Errorf("%d values in the quarantine, want %d", len(inQuarantine), len(refused))
	}
	arrived := map[uint64]bool{}
	for _, s := range r.registry.ranges() {
		for seq := s.From; seq <= s.To; seq++ {
			arrived[seq] = true
		}
	}
	if len(arrived) != len(n.packs) {
		return fmt.Errorf("the ledger knows %d packs of %d", len(arrived), len(n.packs))
	}
	return nil
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.store.fail = func([]byte) error { return errors.New("away") }
		r.registry.err = errors.New("away too")
		r.start(t)
		p := pack(1)
		payload := encode(t, p)
		r.send(t, "n1", payload)
		r.send(t, "n1", []byte("garbage"))
		until(t, "acknowledged", func() bool { stored, _ := r.acker.has("n1", payload); return stored })
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}

		r.open(t)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		err := r.Drain(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 packs and 1 reports are left") {
			t.Errorf("with nobody there: %v", err)
		}
		if err := r.Run(context.Background()); !errors.Is(err, errBusy) {
			t.Errorf("Run beside Drain: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}

		r.open(t)
		r.store.setFail(nil)
		r.registry.setErr(nil)
		if err := r.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if s := r.Status(); s.WaitingPacks+s.WaitingReports != 0 {
			t.Errorf("left: %+v", s)
		}
		if !contains(r.store.content(), wantPoints(p)) || len(r.registry.entries()) != 1 || len(r.registry.ranges()) != 1 {
			t.Error("not everything has arrived")
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStopsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.store.fail = func([]byte) error { return &influx.RetryableError{Status: 429, RetryAfter: time.Hour} }
		r.registry.err = errors.New("away")
		r.start(t)
		payload := encode(t, pack(1))
		r.send(t, "n1", payload)
		until(t, "acknowledged", func() bool { stored, _ := r.acker.has("n1", payload); return stored })
		before := time.Now()
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(before); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.open(t)
		var said []wire.CenterState
		publish := func(topic string, payload []byte) error {
			s, err := wire.ParseCenterState(payload)
			if err != nil || topic != "siaga/center/v1/center/state" {
				t.Errorf("published %s on %s: %v", payload, topic, err)
			}
			said = append(said, s)
			return nil
		}
		ctx, cancel := context.WithCancel(context.Background())
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			NewPresence(r.Ingester, publish).Run(ctx)
		}()
		synctest.Wait()
		runCtx, stop := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- r.Run(runCtx) }()
		synctest.Wait()
		time.Sleep(presenceEvery + time.Second)
		r.Announce()
		synctest.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		cancel()
		<-gone
		want := []struct{ online, accepting bool }{{true, false}, {true, true}, {true, true}, {true, true}, {true, false}, {false, false}}
		if len(said) != len(want) {
			t.Fatalf("said %+v", said)
		}
		for i, w := range want {
			if s := said[i]; s.Online != w.online || s.Accepting != w.accepting || s.Accepting == (s.Reason != "") || s.TimeMS != noon.UnixMilli() || !s.Online == s.ClockSynced {
				t.Errorf("message %d: %+v", i, s)
			}
		}
		topic, payload, err := Will("center", false, noon)
		if err != nil || publish(topic, payload) != nil || said[len(said)-1] != said[len(said)-2] {
			t.Errorf("will %s: %v", payload, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
