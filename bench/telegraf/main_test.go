//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/wire"
)

func TestSchedule(t *testing.T) {
	for seed := range uint64(50) {
		all := draw(seed, time.Minute)
		if d := cmp.Diff(fmt.Sprint(draw(seed, time.Minute)), fmt.Sprint(all)); d != "" {
			t.Fatal(d)
		}
		until := map[bool]time.Duration{}
		for _, o := range all {
			if o.at < until[o.broker] || o.until <= o.at || o.until > time.Minute {
				t.Errorf("seed %d: %+v", seed, o)
			}
			until[o.broker] = o.until
		}
		if len(until) != 2 {
			t.Errorf("seed %d: %d outages hit one program only", seed, len(all))
		}
		down := map[bool]bool{}
		for _, a := range acts(all) {
			if down[a.of.broker] != a.mends {
				t.Fatalf("seed %d: out of order: %+v", seed, a)
			}
			down[a.of.broker] = !a.mends
		}
	}
}

func TestFormatsSayTheSame(t *testing.T) {
	flat := load{format: flatJSON, nodes: 3, each: 5, points: 1, beginMS: 1_790_000_000_000, stepMS: 50}
	var f struct {
		Node                          string
		Time                          int64
		Count, Flow, Speed, Occupancy float64
	}
	if err := json.Unmarshal(flat.payload(2, 4), &f); err != nil {
		t.Fatal(err)
	}
	want := values(2, 4)
	if got := [4]float64{f.Count, f.Flow, f.Speed, f.Occupancy}; got != want || f.Node != "bench-002" || f.Time != flat.timeMS(4) {
		t.Errorf("flat: %+v, want %v", f, want)
	}
	for _, l := range []load{
		{format: senmlJSON, each: 5, points: 1},
		{format: senmlCBOR, each: 2, points: 3}, // the fifth point is in the second pack
	} {
		l.protocol, l.beginMS, l.stepMS = siaga, flat.beginMS, flat.stepMS
		var d wire.Decoder
		var p wire.Pack
		if err := d.Decode(l.payload(2, 4/l.points), &p); err != nil || len(p.Rejects) > 0 {
			t.Fatal(err, p.Rejects)
		}
		got := map[string]float64{}
		for _, r := range p.Readings {
			if r.TimeMS == flat.timeMS(4) {
				got[r.Quantity.String()] = r.Value
			}
		}
		for k, q := range quantities {
			if got[q.String()] != want[k] {
				t.Errorf("%s is %v, want %v", q, got[q.String()], want[k])
			}
		}
	}
}

func TestComparedCounts(t *testing.T) {
	l := load{nodes: 1, each: 3, points: 1, beginMS: 1000, stepMS: 10}
	row := func(at int64, i int) []json.Number {
		r := []json.Number{json.Number(fmt.Sprint(at))}
		for _, v := range values(0, i) {
			r = append(r, json.Number(fmt.Sprint(v)))
		}
		return r
	}
	whole := func() [][]json.Number { return [][]json.Number{row(1000, 0), row(1010, 1), row(1020, 2)} }
	for name, tc := range map[string]struct {
		rows [][]json.Number
		want string
	}{
		"all":           {whole(), "0, 0, 0"},
		"one missing":   {whole()[:2], "1, 0, 0"},
		"one twice":     {append(whole(), row(1010, 1)), "0, 1, 0"},
		"between two":   {append(whole(), row(1015, 1)), "0, 1, 0"},
		"of later":      {append(whole(), row(1030, 3)), "0, 1, 0"},
		"another value": {[][]json.Number{row(1000, 0), row(1010, 7), row(1020, 2)}, "0, 0, 1"},
		"a null":        {[][]json.Number{row(1000, 0), row(1010, 1), {"1020", "1", "", "1", "1"}}, "0, 0, 1"},
	} {
		var c compared
		if err := c.add(l, 0, tc.rows); err != nil || c.String() != tc.want || c.Sent != 3 {
			t.Errorf("%s: %v of %d, %v, want %s", name, c, c.Sent, err, tc.want)
		}
	}
}

func TestPackets(t *testing.T) {
	if got, want := appendConnect(nil, "ab", true), []byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02ab"); !bytes.Equal(got, want) {
		t.Errorf("CONNECT % x, want % x", got, want)
	}
	payload := bytes.Repeat([]byte("x"), 300) // of a length of two bytes
	stream := appendPublish(nil, text("a/b"), 0x1234, true, payload)
	stream = appendFrame(stream, typePublish, text("ack"), []byte("yes"))
	in := bufio.NewReader(bytes.NewReader(stream))
	p, buf, err := readPacket(in, nil)
	if err != nil || p.first != 0x3A || !bytes.Equal(p.body, append([]byte("\x00\x03a/b\x12\x34"), payload...)) {
		t.Errorf("%#x, %d bytes, %v", p.first, len(p.body), err)
	}
	if p, _, err = readPacket(in, buf); err != nil {
		t.Fatal(err)
	}
	if topic, said, err := p.message(); topic != "ack" || string(said) != "yes" || err != nil {
		t.Errorf("%q %q %v", topic, said, err)
	}
	for _, short := range []string{"", "\x00", "\x00\x05ab"} {
		if _, _, err := (packet{body: []byte(short)}).message(); err == nil {
			t.Errorf("%q is no message", short)
		}
	}
}

// TestConfirmations: ids come round, and an acknowledgement is believed by its
// check only.
func TestConfirmations(t *testing.T) {
	s := newSender(load{protocol: plain, each: 70_000, points: 1, window: 3}, 0, "")
	for _, i := range []int{59_999, 60_000, 60_001} {
		s.open[i] = time.Time{}
	}
	s.next = 60_002
	for _, id := range []uint16{packetID(60_000), packetID(59_999)} {
		if err := s.confirmed([]byte{byte(id >> 8), byte(id)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, waits := s.open[60_001]; len(s.open) != 1 || !waits {
		t.Errorf("open: %v", s.open)
	}

	s = newSender(load{protocol: siaga, format: senmlJSON, nodes: 1, each: 4, points: 1, stepMS: 50, beginMS: 1_790_000_000_000, window: 4}, 0, "")
	check := uint32(0)
	for range 4 {
		i, _, _, _ := s.pick(time.Now())
		payload := s.load.payload(0, i)
		s.sent(i, payload)
		if i == 1 || i == 2 {
			check ^= wire.Check(payload)
		}
	}
	ack := func(check uint32, to uint64) error {
		b, err := wire.Ack{Ingester: "center", TimeMS: 1, Ranges: []wire.AckRange{{Epoch: epoch, From: 2, To: to, Check: check}}}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return s.acknowledged(packet{body: append(text("t"), b...)})
	}
	if ack(check+1, 3) == nil || ack(check, 9) == nil || len(s.open) != 4 {
		t.Error("a wrong acknowledgement was believed")
	}
	if err := ack(check, 3); err != nil || len(s.open) != 2 {
		t.Errorf("%v, open: %v", err, s.open)
	}
	if i, repeated, _, _ := s.pick(time.Now().Add(2 * again)); i >= 0 || repeated {
		t.Error("it did not look first what is due")
	}
	if i, repeated, _, _ := s.pick(time.Now().Add(2 * again)); i != 0 || !repeated {
		t.Errorf("%d, want 0 again", i)
	}
}

func TestTableJudgesTheAims(t *testing.T) {
	one := func(name string, keeps protocol, cpu duration, lost int) result {
		q := quiet{Cost: []cost{{Name: "program", CPU: cpu}}}
		return result{Chain: name, Keeps: keeps.keepsUntil(), Full: q, Steady: q, Storms: []storm{{Broken: killed, compared: compared{Sent: 9, Lost: lost}}}}
	}
	var b strings.Builder
	if err := show(&b, options{}, []result{one("usual", plain, 90, 3), one("small", siaga, 30, 0), one("large", siaga, 31, 0)}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"reached: 0.33", "missed: 0.34", "missed: 3", "reached: 0 "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
