package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGoodPack(t *testing.T) {
	r := newRig(t)
	r.start(t)
	p := pack(7)
	p.Readings[0].Value = 2000 // beyond the limits of pm1
	payload := encode(t, p)
	r.send(t, "n1", payload)
	p.Readings[0].Quality = reading.Suspect
	r.delivered(t, p, payload)
	if n := len(r.store.content()); n != 6 {
		t.Errorf("%d values in InfluxDB, want 6", n)
	}
	until(t, "ledger told", func() bool { return len(r.registry.ranges()) == 1 })
	want := StoredRange{
		Node: "n1", Epoch: "e1", From: 7, To: 7, Check: wire.Check(payload), Readings: 3,
		OldestMS: p.Readings[0].TimeMS, NewestMS: p.Readings[0].TimeMS,
	}
	if got := r.registry.ranges()[0]; got != want {
		t.Errorf("ledger told %+v, want %+v", got, want)
	}
	until(t, "delay known", func() bool { p50, p99 := r.Delay(); return p50 == time.Second && p99 == time.Second })
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.seen) != 3 || r.seen[0].Quality != reading.Suspect {
		t.Errorf("the live hub saw %+v", r.seen)
	}
	if e := r.registry.entries(); len(e) != 0 {
		t.Errorf("a record crest is data, not %+v", e)
	}
}

// jsonPack is a pack in JSON with one record after its header.
func jsonPack(header, record string) string {
	return `[{"bn":"n1/pm-1/","seq":1,"epoch":"e1","boot":"b1","clk":"sync","site":"35.05.12.1001","bt":1767355200,` +
		`"bver":26` + header + `,"n":"pm1","u":"ug/m3","v":5},` + record + `]`
}

func TestBadInput(t *testing.T) {
	good := encode(t, pack(1))
	with := func(change func(*wire.Pack)) string {
		p := pack(1)
		change(p)
		return string(encode(t, p))
	}
	for _, tc := range []struct {
		name    string
		demo    bool
		topic   string // "" means n1's live lane
		payload string
		reason  string
		says    string
		stored  int // readings of the bad pack that go on
	}{
		{name: "nothing", payload: "", reason: wire.BadSyntax, says: "not a pack"},
		{name: "garbage", payload: "\xff\x00\x13garbage", reason: wire.BadSyntax, says: "not a pack"},
		{name: "a picture", payload: "\x89PNG\r\n\x1a\n", reason: wire.BadSyntax, says: "not a pack"},
		{name: "truncated", payload: string(good[:len(good)/2]), reason: wire.BadSyntax, says: "not a pack"},
		{name: "oversized", payload: strings.Repeat("x", wire.MaxPackBytes+1), reason: wire.BadSize, says: "first 262144 of its bytes are kept"},
		{name: "JSON, but no pack", payload: `{"pm1": 5}`, reason: wire.BadSyntax, says: "not a pack"},
		{name: "no header", payload: `[{"n":"n1/pm-1/pm1","v":5}]`, reason: wire.BadHeader, says: "missing"},
		{name: "wrong type", payload: jsonPack("", `{"n":"pm10","v":"12"}`), reason: ReasonRecords, says: "1 of 2 readings", stored: 1},
		{name: "NaN", payload: jsonPack("", `{"n":"pm10","v":1e999}`), reason: ReasonRecords, says: "1 of 2 readings", stored: 1},
		{name: "text for a value", payload: jsonPack("", `{"n":"pm10","vs":"high"}`), reason: ReasonRecords, says: "a reading is a number", stored: 1},
		{name: "unknown quantity", payload: jsonPack("", `{"n":"radon","v":12}`), reason: ReasonRecords, says: "radon", stored: 1},
		{name: "wrong unit", payload: jsonPack("", `{"n":"pm10","u":"kg/m3","v":12}`), reason: ReasonRecords, says: "kg/m3", stored: 1},
		{name: "in 2099", payload: jsonPack("", `{"n":"pm10","t":2303553600,"v":12}`), reason: ReasonAhead, says: "2099-01-01", stored: 1},
		{name: "only in 2099", payload: with(func(p *wire.Pack) {
			for i := range p.Readings {
				p.Readings[i].TimeMS = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
			}
		}), reason: ReasonAhead, says: "3 of 3 readings"},
		{name: "another's name", payload: with(func(p *wire.Pack) { p.Node = "n2" }), reason: ReasonWrongNode, says: "n2"},
		{name: "simulated at a real center", payload: with(func(p *wire.Pack) { p.Sim = true }), reason: ReasonSimulated, says: "simulated"},
		{name: "real at a demo center", demo: true, payload: string(good), reason: ReasonNotSimulated, says: "demo"},
		{name: "untimed", payload: with(func(p *wire.Pack) { p.Clock, p.ClockErrS = wire.Untimed, 3600 }), reason: ReasonUntimed, says: "between 2026-01-02T10:59"},
		{name: "not a lane", topic: "siaga/v1/n1/reply", payload: string(good), reason: ReasonTopic, says: "reply"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			r.conf.Demo = tc.demo
			r.start(t)
			topic := tc.topic
			if topic == "" {
				topic = wire.Topic("n1", wire.Live)
			}
			next := pack(2)
			next.Sim = tc.demo
			nextPayload := encode(t, next)
			r.sendTo(t, topic, []byte(tc.payload))
			r.send(t, "n1", nextPayload)

			r.delivered(t, next, nextPayload)
			until(t, "entry in the quarantine", func() bool { return len(r.registry.entries()) == 1 })
			e := r.registry.entries()[0]
			if e.Reason != tc.reason || !strings.Contains(e.Detail, tc.says) {
				t.Errorf("reason %q, detail %q; want %q and %q", e.Reason, e.Detail, tc.reason, tc.says)
			}
			if e.Kind != RefusedPack || e.Node != "n1" || e.Topic != topic || e.Ingester != "center" ||
				e.Check != wire.Check([]byte(tc.payload)) || e.Length != len(tc.payload) || !strings.HasPrefix(tc.payload, string(e.Payload)) {
				t.Errorf("entry %+v", e)
			}
			until(t, "refusal acknowledged", func() bool {
				_, refusal := r.acker.has("n1", []byte(tc.payload))
				return refusal != nil && strings.HasPrefix(e.Detail, strings.TrimSuffix(refusal.Reason, "…"))
			})
			want := 2 * (len(next.Readings) + tc.stored)
			until(t, "stored", func() bool { return len(r.store.content()) >= want })
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
			if got := len(r.store.content()); got != want {
				t.Errorf("%d values in InfluxDB, want %d", got, want)
			}
		})
	}
}

func TestNoTopicOfOurs(t *testing.T) {
	r := newRig(t)
	r.start(t)
	r.sendTo(t, "home/kitchen/temperature", []byte("21"))
	until(t, "entry in the quarantine", func() bool { return len(r.registry.entries()) == 1 })
	if e := r.registry.entries()[0]; e.Reason != ReasonTopic || e.Node != "" {
		t.Errorf("entry %+v", e)
	}
}

func TestFutureIsTakenWhileTheCenterHasNoClock(t *testing.T) {
	r := newRig(t)
	r.deps.ClockSynced = func() bool { return false }
	r.start(t)
	p := pack(1)
	for i := range p.Readings {
		p.Readings[i].TimeMS += 3600_000
	}
	payload := encode(t, p)
	r.send(t, "n1", payload)
	r.delivered(t, p, payload)
}

func TestPreview(t *testing.T) {
	r := newRig(t)
	r.start(t)
	p := pack(1)
	p.Clock, p.Seq, p.SealedMS = wire.Unknown, 0, 0
	for i := range p.Readings {
		p.Readings[i].TimeMS = -5000
	}
	r.send(t, "n1", encode(t, p))
	sim := *p
	sim.Sim = true
	r.send(t, "n1", encode(t, &sim))
	good := pack(2)
	payload := encode(t, good)
	r.send(t, "n1", payload)
	r.delivered(t, good, payload)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.seen) != 6 {
		t.Errorf("the live hub saw %d readings, want 6: preview and pack", len(r.seen))
	}
	if n := len(r.store.content()); n != 6 {
		t.Errorf("%d values in InfluxDB, want 6: the preview has no times", n)
	}
	if e := r.registry.entries(); len(e) != 0 {
		t.Errorf("quarantine: %+v", e)
	}
	for _, ack := range r.acker.acks["n1"] {
		for _, a := range ack.Ranges {
			if a.From != 2 {
				t.Errorf("acknowledged %+v", a)
			}
		}
	}
}

// A wrong token, a missing bucket or a full server are the center's fault: the
// same bytes are sent again, and nothing goes to the quarantine.
func TestCentersOwnFaults(t *testing.T) {
	synctest.Test(t, testCentersOwnFaults)
}

func testCentersOwnFaults(t *testing.T) {
	for _, status := range []int{0, 401, 403, 404, 408, 429, 500, 503} {
		r := newRig(t)
		var sent [][]byte
		r.store.fail = func(lines []byte) error {
			sent = append(sent, bytes.Clone(lines))
			if len(sent) == 1 {
				return &influx.RetryableError{Status: status, Message: "no", Err: nil}
			}
			return nil
		}
		r.start(t)
		p := pack(1)
		payload := encode(t, p)
		r.send(t, "n1", payload)
		until(t, "acknowledged without InfluxDB", func() bool { stored, _ := r.acker.has("n1", payload); return stored })
		until(t, "trouble shown, or over", func() bool { return r.Status().Store != "" || len(r.store.content()) > 0 })
		r.delivered(t, p, payload)
		until(t, "trouble over", func() bool { return r.Status().Store == "" })
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		if e := r.registry.entries(); len(e) != 0 {
			t.Errorf("status %d: quarantine %+v", status, e)
		}
		if len(sent) < 2 || !bytes.Equal(sent[0], sent[1]) {
			t.Errorf("status %d: %q sent again as %q", status, sent[0], sent[1:])
		}
	}
}

// What InfluxDB refuses for its content goes to the quarantine line by line, and
// everything else is stored.
func TestInfluxDBRefusesALine(t *testing.T) {
	for name, fail := range map[string]func([]byte) error{
		"rejected": refuseLinesWith("pm1=4,"),
		"too large": func(lines []byte) error {
			if bytes.Count(lines, []byte("\n")) > 2 || bytes.Contains(lines, []byte("pm1=4,")) {
				return &influx.TooLargeError{Bytes: len(lines), Message: "max 2"}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.store.fail = func([]byte) error { return errors.New("not yet") }
			r.start(t)
			want := map[point]string{}
			for seq := uint64(1); seq <= 9; seq++ {
				p := pack(seq)
				payload := encode(t, p)
				r.send(t, "n1", payload)
				until(t, "acknowledged", func() bool { stored, _ := r.acker.has("n1", payload); return stored })
				if seq != 4 {
					maps.Copy(want, wantPoints(p))
				}
			}
			r.store.setFail(fail)
			until(t, "the others stored", func() bool { return contains(r.store.content(), want) })
			until(t, "the line in the quarantine", func() bool { return len(r.registry.entries()) == 1 })
			e := r.registry.entries()[0]
			lines, _ := parseLines(t, e.Payload)
			if e.Kind != RefusedLines || e.Seq != 4 || e.Epoch != "e1" || e.Node != "n1" || e.Reason != ReasonInfluxDB ||
				!strings.HasPrefix(e.Detail, "InfluxDB refused 1 of 1 lines") || !maps.Equal(lines, wantPoints(pack(4))) {
				t.Errorf("entry %+v", e)
			}
			until(t, "ledger told", func() bool {
				n, packs := 0, uint64(0)
				for _, s := range r.registry.ranges() {
					n += s.Readings
					packs += s.To - s.From + 1
				}
				return packs == 9 && n == 8*3
			})

			r.store.setFail(nil)
			if err := r.Replay(context.Background(), e, ReplayOptions{}); err != nil {
				t.Fatal(err)
			}
			until(t, "replayed", func() bool { return contains(r.store.content(), wantPoints(pack(4))) })
		})
	}
}

func TestSentAgain(t *testing.T) {
	r := newRig(t)
	r.start(t)
	p := pack(1)
	payload := encode(t, p)
	bad := []byte("garbage")
	acks := func() (n int) {
		r.acker.mu.Lock()
		defer r.acker.mu.Unlock()
		for _, a := range r.acker.acks["n1"] {
			n += len(a.Ranges) + len(a.Refused)
		}
		return n
	}
	for i := range 3 {
		r.send(t, "n1", payload)
		until(t, "acknowledged each time", func() bool { return acks() == 2*i+1 })
		r.send(t, "n1", bad)
		until(t, "refused each time", func() bool { return acks() == 2*i+2 })
	}
	r.delivered(t, p, payload)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if r.store.writes != 1 {
		t.Errorf("written %d times", r.store.writes)
	}
	if n := len(r.registry.entries()); n != 1 {
		t.Errorf("%d entries in the quarantine", n)
	}
}

func TestClonedCard(t *testing.T) {
	r := newRig(t)
	r.start(t)
	first, second := pack(1), pack(1)
	second.Readings[0].TimeMS += 1000
	a, b := encode(t, first), encode(t, second)
	r.send(t, "n1", a)
	r.delivered(t, first, a)
	r.send(t, "n1", b)
	r.delivered(t, second, b)
	until(t, "conflict reported", func() bool {
		for _, s := range r.registry.ranges() {
			if s.Conflict && s.From == 1 && s.To == 1 && s.Check == wire.Check(b) {
				return true
			}
		}
		return false
	})
}

func TestLimits(t *testing.T) {
	r := newRig(t)
	r.conf.MaxNodes, r.conf.MaxSensors = 1, 2
	r.deps.Enrolled = func(n reading.NodeID) bool { return n == "enrolled" }
	var log bytes.Buffer
	r.deps.Log = slog.New(slog.NewTextHandler(&log, nil))
	r.start(t)
	p := pack(1)
	for i, s := range []reading.SensorID{"s1", "s2", "s3"} {
		p.Readings[i].Sensor = s
	}
	payload := encode(t, p)
	r.send(t, "n1", payload)
	until(t, "a sensor too many refused", func() bool {
		e := r.registry.entries()
		return len(e) == 1 && e[0].Reason == ReasonSensors && strings.Contains(e[0].Detail, "more than 2 sensors")
	})
	strange, known := pack(1), pack(1)
	strange.Node, known.Node = "stranger", "enrolled"
	for range 2 {
		r.send(t, "stranger", encode(t, strange))
	}
	knownPayload := encode(t, known)
	r.send(t, "enrolled", knownPayload)
	r.delivered(t, known, knownPayload)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(r.store.content()); n != 2*(2+3) {
		t.Errorf("%d values stored", n)
	}
	if acks := r.acker.acks["stranger"]; len(acks) != 0 {
		t.Errorf("a node too many was told %+v: it must keep its packs", acks)
	}
	if n := strings.Count(log.String(), "packs not taken"); n != 1 {
		t.Errorf("told %d times that a node is too many", n)
	}
}

func TestQueueFull(t *testing.T) {
	r := newRig(t)
	r.conf.QueuePacks, r.conf.QueueBytes = 2, 100
	r.open(t) // and not run: nobody empties the queue
	defer r.Close()
	packet := func(n int) Packet { return Packet{Topic: "siaga/v1/n1/live", Payload: make([]byte, n)} }
	if r.Offer(packet(101)) {
		t.Error("took more bytes than it may")
	}
	for range 2 {
		if !r.Offer(packet(50)) {
			t.Error("refused what there was room for")
		}
	}
	if r.Offer(packet(0)) {
		t.Error("took more packs than it may")
	}
	if ok, why := r.Accepting(); ok || why == "" {
		t.Error("accepts without running")
	}
}

func TestQuarantineFull(t *testing.T) {
	r := newRig(t)
	r.start(t)
	r.registry.setErr(ErrQuarantineFull)
	r.send(t, "n1", []byte("garbage"))
	until(t, "no longer accepting", func() bool { ok, why := r.Accepting(); return !ok && strings.Contains(why, "quarantine") })
	p := pack(1)
	payload := encode(t, p)
	r.send(t, "n1", payload)
	until(t, "seen on the wall", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.seen) == 3 })
	until(t, "not taken", func() bool {
		return counted(t, r.metrics.packs.WithLabelValues(string(wire.Live), resultNotAccepting)) > 0
	})
	r.registry.setErr(nil) // someone made room
	until(t, "accepting again", func() bool { ok, _ := r.Accepting(); return ok })
	if stored, _ := r.acker.has("n1", payload); stored {
		t.Error("acknowledged a pack while it did not accept")
	}
	r.send(t, "n1", payload) // as the node does
	r.delivered(t, p, payload)
}

func TestSpoolFull(t *testing.T) {
	synctest.Test(t, testSpoolFull)
}

func testSpoolFull(t *testing.T) {
	r := newRig(t)
	r.conf.ReportBytes = minSpoolBytes
	r.start(t)
	r.registry.setErr(errors.New("registry is away"))
	rubbish := make([]byte, wire.MaxPackBytes)
	for i := 0; i < 2*minSpoolBytes/len(rubbish); i++ {
		b := bytes.Clone(rubbish)
		b[0], b[1] = 0xff, byte(i)
		r.send(t, "n1", b)
	}
	until(t, "no longer accepting", func() bool { ok, why := r.Accepting(); return !ok && strings.Contains(why, "full") })
	p := pack(1)
	payload := encode(t, p)
	r.registry.setErr(nil)
	until(t, "taken, since the node goes on asking", func() bool {
		r.Offer(Packet{Topic: "siaga/v1/n1/live", Payload: bytes.Clone(payload), Received: noon})
		stored, _ := r.acker.has("n1", payload)
		ok, _ := r.Accepting()
		return stored && ok
	})
	r.delivered(t, p, payload)
}

// A disk that takes nothing more ends the ingester, with nothing acknowledged.
func TestBrokenDisk(t *testing.T) {
	r := newRig(t)
	r.open(t)
	ended := make(chan error)
	go func() { ended <- r.Run(context.Background()) }()
	if err := r.data.Close(); err != nil { // as good as a failed fsync: appends fail for ever
		t.Fatal(err)
	}
	payload := encode(t, pack(1))
	r.send(t, "n1", payload)
	if err := <-ended; !errors.Is(err, spool.ErrClosed) {
		t.Errorf("Run returned %v", err)
	}
	if ok, why := r.Accepting(); ok || !strings.Contains(why, "spool") {
		t.Errorf("accepting %v, %q", ok, why)
	}
	if stored, _ := r.acker.has("n1", payload); stored {
		t.Error("acknowledged what is not durable")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestReplay(t *testing.T) {
	ctx := context.Background()
	r := newRig(t)
	r.start(t)
	sim := pack(1)
	sim.Sim = true
	r.send(t, "n1", encode(t, sim))
	future := pack(2)
	for i := range future.Readings {
		future.Readings[i].TimeMS = noon.Add(time.Hour).UnixMilli()
	}
	r.send(t, "n1", encode(t, future))
	until(t, "both refused", func() bool { return len(r.registry.entries()) == 2 })
	for i, opt := range []ReplayOptions{{AcceptSimulated: true}, {AcceptAhead: true}} {
		e := r.registry.entries()[i]
		var refused *RefusedError
		if err := r.Replay(ctx, e, ReplayOptions{}); !errors.As(err, &refused) || refused.Reason != e.Reason || refused.Detail != e.Detail {
			t.Errorf("as it is: %v, want %s", err, e.Detail)
		}
		if err := r.Replay(ctx, e, opt); err != nil {
			t.Errorf("with leave: %v", err)
		}
	}
	until(t, "both stored", func() bool {
		return contains(r.store.content(), wantPoints(sim)) && contains(r.store.content(), wantPoints(future))
	})
	for name, e := range map[string]Refused{
		"cut short":       {Kind: RefusedPack, Topic: "siaga/v1/n1/live", Payload: []byte("x"), Length: 2},
		"no lines":        {Kind: RefusedLines, Node: "n1", Epoch: "e1"},
		"broken lines":    {Kind: RefusedLines, Node: "n1", Epoch: "e1", Payload: []byte("air pm1=1 12\nair pm1=2 1")},
		"lines of nobody": {Kind: RefusedLines, Epoch: "e1", Payload: []byte("air pm1=1 12\n")},
	} {
		var refused *RefusedError
		if err := r.Replay(ctx, e, ReplayOptions{}); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	r := newRig(t)
	r.deps.Metrics = reg
	r.start(t)
	p := pack(1)
	payload := encode(t, p)
	r.send(t, "n1", payload)
	r.delivered(t, p, payload)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "siaga_ingest_") || f.GetHelp() == "" {
			t.Errorf("metric %s", f)
		}
		if f.GetName() == "siaga_ingest_packs_total" {
			if got := f.String(); !strings.Contains(got, resultStored) {
				t.Errorf("no stored pack counted: %s", got)
			}
		}
	}
	other := newRig(t)
	other.deps.Metrics = reg
	if _, err := New(other.conf, other.deps); err == nil || !strings.Contains(err.Error(), "another ingester") {
		t.Errorf("two ingesters in one registry: %v", err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if families, _ := reg.Gather(); len(families) != 0 {
		t.Errorf("%d metrics left after Close", len(families))
	}
}

func TestBadConfig(t *testing.T) {
	for says, change := range map[string]func(*rig){
		"name":         func(r *rig) { r.conf.Name = "Center 1" },
		"dir":          func(r *rig) { r.conf.Dir = "" },
		"queue_packs":  func(r *rig) { r.conf.QueuePacks = -1 },
		"spool_bytes":  func(r *rig) { r.conf.SpoolBytes = 1 },
		"max_ahead":    func(r *rig) { r.conf.MaxAhead = -time.Second },
		"ack_interval": func(r *rig) { r.conf.AckInterval = time.Second },
		"store":        func(r *rig) { r.deps.Store = nil },
	} {
		r := newRig(t)
		change(r)
		if _, err := New(r.conf, r.deps); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("want an error about %s, got %v", says, err)
		}
	}
}
