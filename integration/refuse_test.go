//go:build integration

package integration

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// station is a plain MQTT client that sends whatever it is told to.
type station struct {
	conn *mqtt.Conn
	seq  uint64

	mu   sync.Mutex
	acks map[reading.NodeID][]wire.Ack
}

const stationEpoch = "percobaan"

func newStation(t *testing.T, broker string) *station {
	t.Helper()
	s := &station{acks: map[reading.NodeID][]wire.Ack{}}
	s.conn = connect(t, mqtt.Options{
		URL: "tcp://" + broker, ClientID: "penguji", Subscriptions: []mqtt.Subscription{{Filter: wire.Filter(wire.AckChannel)}},
		OnMessage: func(m mqtt.Message) {
			node, _, err := wire.ParseTopic(m.Topic)
			if err != nil {
				return
			}
			if ack, err := wire.ParseAck(m.Payload); err == nil {
				s.mu.Lock()
				s.acks[node] = append(s.acks[node], ack)
				s.mu.Unlock()
			}
		},
	})
	return s
}

// pack is the next good pack of node, with one temperature at that time.
func (s *station) pack(node reading.NodeID, at time.Time) wire.Pack {
	s.seq++
	return wire.Pack{
		Node: node, Seq: s.seq, Epoch: stationEpoch, Boot: "boot-1", Clock: wire.Synced, Site: "35.05.12.1005", Sim: true,
		Readings: []reading.Reading{{Sensor: "bme-1", Quantity: reading.Temperature, TimeMS: at.UnixMilli(), Value: 20 + float64(s.seq)/100, Quality: reading.NotEvaluated}},
	}
}

func (s *station) send(t *testing.T, node reading.NodeID, payload []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.conn.Publish(ctx, mqtt.Message{Topic: wire.Topic(node, wire.Live), Payload: payload, QoS: 1}); err != nil {
		t.Fatal(err)
	}
}

// refused waits until the node is told that this payload was refused, and
// returns the reason it is told.
func (s *station) refused(t *testing.T, node reading.NodeID, payload []byte) string {
	t.Helper()
	var reason string
	eventually(t, 10*time.Second, "acknowledged as refused", func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, ack := range s.acks[node] {
			for _, r := range ack.Refused {
				if r.Check == wire.Check(payload) && r.Length == len(payload) {
					reason = r.Reason
					return nil
				}
			}
		}
		return fmt.Errorf("%d acknowledgements, none of it", len(s.acks[node]))
	})
	return reason
}

// stored waits until the pack is in InfluxDB.
func stored(t *testing.T, db database, p wire.Pack) {
	t.Helper()
	eventually(t, 10*time.Second, fmt.Sprintf("pack %d of %s in InfluxDB", p.Seq, p.Node), func() error {
		return missing(pointsOf(&p), db.points(t))
	})
}

func encoded(t *testing.T, p wire.Pack) []byte {
	t.Helper()
	b, err := p.AppendCBOR(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// jsonPack is a pack of node with one record besides, as people write it.
func (s *station) jsonPack(node, record string) []byte {
	s.seq++
	return fmt.Appendf(nil, `[{"bn":"%s/bme-1/","bt":%d,"n":"humidity","u":"%%RH","v":70,"seq":%d,"epoch":%q,"boot":"boot-1","clk":"sync","clk_err":0.1,"site":"35.05.12.1005","sim":true},%s]`,
		node, time.Now().Unix(), s.seq, stationEpoch, record)
}

// TestBadInput sends a running center what it must not store.
func TestBadInput(t *testing.T) {
	const node = "uji-01"
	c := newCenter(t, 0)
	s := newStation(t, c.mqtt)
	real := func() []byte {
		p := s.pack(node, time.Now())
		p.Sim = false
		return encoded(t, p)
	}
	other := func() []byte { return encoded(t, s.pack("uji-02", time.Now())) }
	good := func() []byte { return encoded(t, s.pack(node, time.Now())) }
	for _, tc := range []struct {
		name    string
		payload []byte
		reason  string // the label in /metrics and the API
		says    string // a part of what a person reads
	}{
		{"garbage", []byte{0xff, 0x00, 0x8b, 0x17}, wire.BadSyntax, "not a pack: "},
		{"empty", nil, wire.BadSyntax, "not a pack: "},
		{"plain text", []byte("halo, ini bukan paket"), wire.BadSyntax, "not a pack: "},
		{"truncated", good()[:40], wire.BadSyntax, "not a pack: "},
		{"oversized", bytes.Repeat([]byte{0x80}, wire.MaxPackBytes+1), wire.BadSize, "not a pack: "},
		{"no header", []byte(`[{"n":"uji-01/bme-1/temperature","v":20}]`), wire.BadHeader, "seq is missing"},
		{"text for a number", s.jsonPack(node, `{"n":"temperature","v":"dua puluh"}`), "records", "1 of 2 readings cannot be used: record 1 (uji-01/bme-1/temperature)"},
		{"unknown quantity", s.jsonPack(node, `{"n":"radioactivity","v":1}`), "records", "radioactivity"},
		{"other unit", s.jsonPack(node, `{"n":"temperature","u":"K","v":300}`), "records", "K"},
		{"not a number", notANumber(t, s), "records", "record 1 (uji-01/bme-1/temperature)"},
		{"a time in 2099", encoded(t, s.pack(node, time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))), "ahead", "bme-1/temperature at 2099-01-01T00:00:00.000Z: more than 5m0s ahead of the center's clock"},
		{"under another's name", other(), "wrong_node", "holds readings of uji-02, but came on the topic of uji-01"},
		{"real at a demo center", real(), "not_simulated", "holds real readings; this is a demo center"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			counter := fmt.Sprintf("siaga_ingest_refused_total{reason=%q}", tc.reason)
			before := c.metric(t, counter)
			s.send(t, node, tc.payload)
			if why := s.refused(t, node, tc.payload); !strings.Contains(why, tc.says) {
				t.Errorf("the node is told %q, want %q in it", why, tc.says)
			}
			var e entry
			eventually(t, 10*time.Second, "in the quarantine", func() error {
				q := c.quarantine(t)
				if len(q.Entries) == 0 || q.Entries[0].Length != len(tc.payload) {
					return fmt.Errorf("newest of %d entries: %+v", q.Total, q.Entries)
				}
				e = q.Entries[0]
				return nil
			})
			if e.Node != node || e.Reason != tc.reason || !strings.Contains(e.Detail, tc.says) || e.Source != "center" {
				t.Errorf("entry %+v, want reason %s and detail with %q", e, tc.reason, tc.says)
			}
			t.Logf("%s: %s", e.Reason, e.Detail)
			if after := c.metric(t, counter); after != before+1 {
				t.Errorf("%s went from %v to %v", counter, before, after)
			}
			next := s.pack(node, time.Now())
			s.send(t, node, encoded(t, next))
			stored(t, c.influx, next)
		})
	}
	for p, v := range c.influx.points(t) {
		if p.node != node || p.timeMS > time.Now().UnixMilli() || math.IsNaN(v) {
			t.Errorf("stored all the same: %+v = %v", p, v)
		}
	}
	c.proc.stops(t)
}

// notANumber is a CBOR pack whose second record's value is NaN.
func notANumber(t *testing.T, s *station) []byte {
	t.Helper()
	var records []map[any]any
	if err := cbor.Unmarshal(encoded(t, s.pack("uji-01", time.Now())), &records); err != nil {
		t.Fatal(err)
	}
	bad := map[any]any{}
	const name, value = 0, 2 // SenML labels n and v (RFC 8428 §6)
	bad[name], bad[value] = "", math.NaN()
	b, err := cbor.Marshal(append(records, bad))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReplay refuses packs by a mistake in the configuration, and takes them in
// when it is corrected, by the commands that an administrator has.
func TestReplay(t *testing.T) {
	mqttAddr, influx := freeAddr(t), freeAddr(t)
	text := fmt.Sprintf("data_dir: DIR\nhttp: {addr: ADDR}\nmqtt: {addr: %q}\ninflux: {addr: %q}\n", mqttAddr, influx)
	c := newConfiguredCenter(t, text+"ingest: {max_ahead: 1s}\n")
	db := database{addr: influx}
	s := newStation(t, mqttAddr)
	cli := func(args ...string) (string, error) {
		t.Helper()
		out, said, err := run(t, "siaga", append(append([]string{"quarantine"}, args...), "--center", c.url(), "--data", c.dir)...)
		return out + said, err
	}
	var packs []wire.Pack
	for range 3 {
		p := s.pack("uji-01", time.Now().Add(2*time.Minute))
		packs = append(packs, p)
		b := encoded(t, p)
		s.send(t, p.Node, b)
		s.refused(t, p.Node, b)
	}
	eventually(t, 10*time.Second, "three entries", func() error {
		if q := c.quarantine(t); q.Total != 3 {
			return fmt.Errorf("%d entries", q.Total)
		}
		return nil
	})
	out, err := cli("list")
	if err != nil || strings.Count(out, "uji-01") != 3 || strings.Count(out, "terbuka") != 4 || !strings.Contains(out, "more than 1s ahead of the center's clock") {
		t.Errorf("list: %v:\n%s", err, out)
	}
	// Under the same rules the same is refused again, and stays.
	if out, err = cli("replay", "--all"); err == nil || !strings.Contains(out, "0 selesai, 3 gagal") || !strings.Contains(out, "ahead of the center's clock") {
		t.Errorf("replay under the same rules: %v:\n%s", err, out)
	}
	if len(db.points(t)) != 0 {
		t.Error("something was stored")
	}
	if out, err = cli("replay"); err == nil || !strings.Contains(out, "--all") {
		t.Errorf("replay of nothing: %v:\n%s", err, out)
	}

	c.proc.stops(t)
	c.args[4] = write(t, "siaga.yaml", strings.Replace(contents(c.args[4]), "max_ahead: 1s", "max_ahead: 10m", 1))
	c.start(t)
	first := c.quarantine(t).Entries[2] // the newest is first
	if out, err = cli("drop", fmt.Sprint(first.ID)); err != nil || !strings.Contains(out, "1 selesai") {
		t.Errorf("drop: %v:\n%s", err, out)
	}
	if out, err = cli("replay", "--all"); err != nil || !strings.Contains(out, "2 selesai, 0 gagal") {
		t.Errorf("replay: %v:\n%s", err, out)
	}
	stored(t, db, packs[1])
	stored(t, db, packs[2])
	want := pointsOf(&packs[1])
	for p, v := range pointsOf(&packs[2]) {
		want[p] = v
	}
	sameContents(t, want, db.points(t), false)
	out, err = cli("list")
	if err != nil || strings.Count(out, "diterima") != 2 || strings.Count(out, "dibuang") != 1 || !strings.Contains(out, "0 terbuka") {
		t.Errorf("list at the end: %v:\n%s", err, out)
	}
	c.proc.stops(t)
}

// TestWrongPassword lets nothing into InfluxDB until the password is right: that
// is the center's fault and no pack's.
func TestWrongPassword(t *testing.T) {
	influx, mqttAddr := newInfluxd(t, "rahasia"), freeAddr(t)
	password := write(t, "password", "salah\n")
	c := newConfiguredCenter(t, fmt.Sprintf(`
data_dir: DIR
http: {addr: ADDR}
mqtt: {addr: %q}
influx: {url: %q, username: siaga, password_file: %q}
`, mqttAddr, influx.url(), password))
	s := newStation(t, mqttAddr)
	var packs []wire.Pack
	for i := range 5 {
		p := s.pack("uji-01", time.Now().Add(time.Duration(i)*time.Second))
		packs = append(packs, p)
		s.send(t, p.Node, encoded(t, p))
	}
	eventually(t, 10*time.Second, "refused by InfluxDB", func() error {
		if n := c.metric(t, `siaga_ingest_store_writes_total{result="retry"}`); n == 0 {
			return fmt.Errorf("%v writes tried again", n)
		}
		return nil
	})
	if up := c.metric(t, "siaga_ingest_store_up"); up != 0 {
		t.Errorf("siaga_ingest_store_up is %v", up)
	}
	var ready map[string]any
	if err := c.call(http.MethodGet, "/readyz", &ready); err == nil || !strings.Contains(err.Error(), "authorization failed") {
		t.Errorf("readyz: %v %v, want it to tell that InfluxDB lets nobody in", err, ready)
	}
	if out, _, err := run(t, "siaga", "check", "--config", c.args[4]); err == nil || !strings.Contains(out, "✗ influx") || !strings.Contains(out, "authorization failed") {
		t.Errorf("check: %v:\n%s", err, out)
	}
	if q := c.quarantine(t); q.Total != 0 {
		t.Errorf("%d packs in the quarantine: %+v", q.Total, q.Entries)
	}
	if n := len(influx.points(t)); n != 0 {
		t.Errorf("InfluxDB holds %d values", n)
	}
	c.proc.stops(t)

	overwrite(t, password, "rahasia\n")
	c.start(t)
	want := map[point]float64{}
	for _, p := range packs {
		stored(t, influx.database, p)
		want[pointOf(&p, p.Readings[0])] = p.Readings[0].Value
	}
	sameContents(t, want, influx.points(t), false)
	// What is asked of InfluxDB for people goes by the same password.
	var history struct {
		Series []struct {
			Points []any `json:"points"`
		} `json:"series"`
	}
	if err := c.call(http.MethodGet, "/api/v1/readings?node=uji-01&quantity=temperature", &history); err != nil || len(history.Series) != 1 || len(history.Series[0].Points) == 0 {
		t.Errorf("history: %v: %+v", err, history)
	}
	if q := c.quarantine(t); q.Total != 0 {
		t.Errorf("%d packs in the quarantine: %+v", q.Total, q.Entries)
	}
	c.proc.stops(t)
}
