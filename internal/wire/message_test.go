package wire

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

const (
	goldenAck = `{"ingester":"pusat-1","time_ms":1790000000123,"clock_synced":true,` +
		`"ranges":[{"epoch":"e1","from":1,"to":3,"check":4294967295},{"epoch":"e1","from":7,"to":7,"check":5}],` +
		`"refused":[{"check":9,"length":12,"reason":"not CBOR"},{"epoch":"e1","seq":5,"check":8,"length":900,"reason":"simulated"}]}`
	goldenNode = `{"online":true,"version":"1.2.0","boot":"b-1","clock":"sync","clock_err_s":0.01,"sim":false,"site":"35.05.12.1001",` +
		`"time_ms":1790000000123,"epoch":"e1","next_seq":12,"outstanding":[{"from":2,"to":4},{"from":9,"to":11}],` +
		`"given_up":[{"from":1,"to":1,"reason":"disk full"}],"queue":{"packs":6,"bytes":4096,"oldest_ms":1789999990000,"queued_readings":720},` +
		`"sensors":[{"id":"pm-1","driver":"pms5003","interval_ms":2000,"quantities":["pm10","pm2_5"],"health":"failing",` +
		`"error":"no answer","since_ms":1789999999000}]}`
	// goldenCarried is a state with what only nodes say that have begun another
	// epoch.
	goldenCarried = `{"online":true,"version":"1.2.0","boot":"b-2","clock":"none","clock_err_s":0,"sim":false,"site":"",` +
		`"time_ms":0,"epoch":"e2","next_seq":12,"outstanding":[{"from":9,"to":11}],` +
		`"carried":[{"epoch":"e1","from":2,"to":8,"boots":["b-1","b-2"]},{"epoch":"e0","from":7,"to":90,"boots":["b-2"]}],` +
		`"queue":{"packs":3,"bytes":4096,"oldest_ms":0,"queued_readings":0}}`
	goldenCenter = `{"ingester":"pusat-1","online":true,"accepting":false,"reason":"disk full","time_ms":1790000000123,"clock_synced":true,"demo":false}`
)

func TestGoldenMessages(t *testing.T) {
	ack := Ack{
		Ingester: "pusat-1", TimeMS: 1790000000123, ClockSynced: true,
		Ranges:  []AckRange{{"e1", 7, 7, 5}, {"e1", 1, 3, 0xffffffff}},
		Refused: []Refusal{{"e1", 5, 8, 900, "simulated"}, {"", 0, 9, 12, "not CBOR"}},
	}
	node := NodeState{
		Online: true, Version: "1.2.0", Boot: "b-1", Clock: Synced, ClockErrS: 0.01, Site: "35.05.12.1001",
		TimeMS: 1790000000123, Epoch: "e1", NextSeq: 12,
		Outstanding: []SeqRange{{11, 11}, {2, 3}, {9, 10}, {3, 4}},
		GivenUp:     []GivenUp{{1, 1, "disk full"}},
		Queue:       QueueState{6, 4096, 1789999990000, 720},
		Sensors:     []SensorState{{"pm-1", "pms5003", 2000, []string{"pm2_5", "pm10"}, HealthFailing, "no answer", 1789999999000}},
	}
	carried := NodeState{
		Online: true, Version: "1.2.0", Boot: "b-2", Clock: Unknown, Epoch: "e2", NextSeq: 12,
		Outstanding: []SeqRange{{9, 11}}, Queue: QueueState{Packs: 3, Bytes: 4096},
		// A queue that was begun anew counts from 1 again, so that a number of an
		// epoch before may be larger.
		Carried: []Carried{{"e1", 2, 8, []string{"b-1", "b-2"}}, {"e0", 7, 90, []string{"b-2"}}},
	}
	center := CenterState{Ingester: "pusat-1", Online: true, Reason: "disk full", TimeMS: 1790000000123, ClockSynced: true}
	for _, tc := range []struct {
		want   string
		encode func() ([]byte, error)
	}{{goldenAck, ack.Encode}, {goldenNode, node.Encode}, {goldenCarried, carried.Encode}, {goldenCenter, center.Encode}} {
		got, err := tc.encode()
		if err != nil || string(got) != tc.want {
			t.Errorf("%v\n%s, want\n%s", err, got, tc.want)
		}
	}
	if ack.Ranges[0].From != 7 || node.Outstanding[0].From != 11 || node.Sensors[0].Quantities[0] != "pm2_5" {
		t.Error("encoding changed what it was given")
	}
}

func TestMessagesIgnoreUnknownFields(t *testing.T) {
	later := func(golden string) []byte { return []byte(`{"later":{"x":[1]},` + golden[1:]) }
	if _, err := ParseAck(later(goldenAck)); err != nil {
		t.Error(err)
	}
	if _, err := ParseNodeState(later(goldenNode)); err != nil {
		t.Error(err)
	}
	if _, err := ParseCenterState(later(goldenCenter)); err != nil {
		t.Error(err)
	}
}

func TestParseMessagesRefuse(t *testing.T) {
	ack := func(b []byte) error { _, err := ParseAck(b); return err }
	node := func(b []byte) error { _, err := ParseNodeState(b); return err }
	center := func(b []byte) error { _, err := ParseCenterState(b); return err }
	for _, tc := range []struct {
		parse    func([]byte) error
		golden   string
		old, new string
		want     string
	}{
		{ack, goldenAck, `"pusat-1"`, `"Pusat"`, `ingester "Pusat": want 2 to 31`},
		{ack, goldenAck, `1790000000123`, `-1`, "time_ms -1: want Unix milliseconds"},
		{ack, goldenAck, `1790000000123`, `9223372036854775807`, "time_ms 9223372036854775807: want Unix milliseconds"},
		{ack, goldenAck, `1790000000123`, `1.5`, "cannot unmarshal number 1.5"},
		{ack, goldenAck, `"e1"`, `""`, `epoch "": want 1 to 32`},
		{ack, goldenAck, `"from":1`, `"from":0`, "range 0 to 3: want from 1"},
		{ack, goldenAck, `"from":1`, `"from":4`, "range 4 to 3: want from 1 and not backwards"},
		{ack, goldenAck, `"from":1`, `"from":-1`, "cannot unmarshal number -1"},
		{ack, goldenAck, `4294967295`, `4294967296`, "cannot unmarshal number 4294967296"},
		{ack, goldenAck, `"length":12`, `"length":-1`, "length -1 is negative"},
		{ack, goldenAck, `not CBOR`, strings.Repeat("x", 201), "a text of 201 bytes"},
		{ack, goldenAck, `not CBOR`, "\xff", "it is not UTF-8"},
		{ack, goldenAck, `"ranges":[`, `"ranges":[` + strings.Repeat(`{"epoch":"e1","from":1,"to":1,"check":0},`, 1000), "a list is too long"},
		{ack, goldenAck, `{"ing`, `[{"ing`, "parse acknowledgement: "},
		{ack, "null", "", "", "parse acknowledgement: "},
		{ack, "", "", "", "unexpected end of JSON input"},
		{ack, goldenAck + "x", "", "", "invalid character"},
		{node, goldenNode, `"clock":"sync"`, `"clock":"untimed"`, `clock "untimed": want sync, est or none`},
		{node, goldenNode, `"clock":"sync",`, ``, `clock "": want`},
		{node, goldenNode, `0.01`, `-0.01`, "clock_err_s -0.01: want seconds"},
		{node, goldenNode, `"1.2.0"`, `"1.2\n"`, `version "1.2\n": want`},
		{node, goldenNode, `"b-1"`, `"B"`, `boot "B": want`},
		{node, goldenNode, `"35.05.12.1001"`, `"Sutojayan"`, `parse site code "Sutojayan"`},
		{node, goldenNode, `"e1"`, `"e-1"`, `epoch "e-1": want`},
		{node, goldenNode, `1789999990000`, `-5`, "oldest_ms -5: want"},
		{node, goldenNode, `"from":9,"to":11`, `"from":9,"to":12`, "outstanding: range 9 to 12: the next pack is 12"},
		{node, goldenNode, `"from":2,"to":4`, `"from":4,"to":2`, "outstanding: range 4 to 2: want from 1"},
		{node, goldenNode, `"from":1,"to":1`, `"from":0,"to":1`, "given_up: range 0 to 1: want from 1"},
		{node, goldenNode, `disk full`, strings.Repeat("x", 201), "given_up: a text of 201 bytes"},
		{node, goldenNode, `"pm-1"`, `"PM"`, `sensor "PM": its id: want`},
		{node, goldenNode, `"pms5003"`, `"PMS"`, `sensor "pm-1": driver "PMS": want`},
		{node, goldenNode, `2000`, `0`, `sensor "pm-1": interval_ms 0: want from 1`},
		{node, goldenNode, `"failing"`, `"dead"`, `sensor "pm-1": health "dead" is not known`},
		{node, goldenNode, `"pm10"`, `"PM10"`, `sensor "pm-1": quantity "PM10": want`},
		{node, goldenNode, `1789999999000`, `-1`, `sensor "pm-1": since_ms -1: want`},
		{node, goldenNode, `no answer`, strings.Repeat("x", 201), `sensor "pm-1": a text of 201 bytes`},
		{node, goldenNode, `"sensors":[{`, `"sensors":[{"id":"pm-1","driver":"x","interval_ms":1,"health":"ok"},{`, "sensor pm-1 is listed twice"},
		{node, goldenNode, `"queue":{`, `"queue":{"packs":-1,"x":{`, "parse node state: "},
		{node, goldenNode, `"version"`, `"x":"` + strings.Repeat("x", MaxMessageBytes) + `","version"`, "bytes long, more than 524288"},
		{node, goldenCarried, `"epoch":"e1"`, `"epoch":"e2"`, "carried: epoch e2 is the present one"},
		{node, goldenCarried, `"epoch":"e1"`, `"epoch":""`, `carried: epoch "": want 1 to 32`},
		{node, goldenCarried, `"from":2`, `"from":9`, "carried: range 9 to 8: want from 1"},
		{node, goldenCarried, `["b-2"]`, `[]`, "carried: 0 boots: want 1 to 32"},
		{node, goldenCarried, `["b-2"]`, `["B"]`, `carried: boot "B": want`},
		{node, goldenCarried, `["b-2"]`, `["b-2"` + strings.Repeat(`,"b"`, MaxCarriedBoots) + `]`, "carried: 33 boots"},
		{node, goldenCarried, `"carried":[`, `"carried":[` + strings.Repeat(`{"epoch":"e0","from":1,"to":1,"boots":["b"]},`, MaxCarried), "a list is too long"},
		{center, goldenCenter, `"pusat-1"`, `"-"`, `ingester "-": want`},
		{center, goldenCenter, `1790000000123`, `-1`, "time_ms -1: want"},
		{center, goldenCenter, `disk full`, strings.Repeat("x", 201), "a text of 201 bytes"},
		{center, goldenCenter, `"online":true,"accepting":false`, `"online":false,"accepting":true`, "it accepts and is not online"},
	} {
		text := strings.Replace(tc.golden, tc.old, tc.new, 1)
		if tc.old != "" && text == tc.golden {
			t.Fatalf("%s is not in it", tc.old)
		}
		if err := tc.parse([]byte(text)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.60s for %s: error %v, want %s", tc.new, tc.old, err, tc.want)
		}
	}
}

func TestEncodeMessagesRefuse(t *testing.T) {
	if _, err := (Ack{}).Encode(); err == nil {
		t.Error("an empty acknowledgement: want an error")
	}
	if _, err := (NodeState{}).Encode(); err == nil {
		t.Error("an empty node state: want an error")
	}
	if _, err := (CenterState{}).Encode(); err == nil {
		t.Error("an empty center state: want an error")
	}
	a := Ack{Ingester: "pusat-1"}
	for range MaxRanges {
		a.Ranges = append(a.Ranges, AckRange{strings.Repeat("e", 32), 1 << 63, 1<<64 - 1, 1 << 31})
		a.Refused = append(a.Refused, Refusal{strings.Repeat("e", 32), 1<<64 - 1, 1 << 31, 1 << 20, strings.Repeat("<", 200)})
	}
	if _, err := a.Encode(); err == nil || !strings.Contains(err.Error(), "bytes long, more than") {
		t.Errorf("an acknowledgement beyond its size: %v", err)
	}
}

func TestShorten(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"", ""},
		{strings.Repeat("x", 200), strings.Repeat("x", 200)},
		{strings.Repeat("x", 201), strings.Repeat("x", 197) + "…"},
		{strings.Repeat("µ", 150), strings.Repeat("µ", 98) + "…"},
		{"a\xffb", "a\uFFFDb"},
	} {
		got := shorten(tc.in)
		if got != tc.want || len(got) > MaxReason || !utf8.ValidString(got) {
			t.Errorf("shorten(%q) = %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestJoinRanges(t *testing.T) {
	for _, tc := range []struct {
		in     []SeqRange
		limit  int
		want   []SeqRange
		merged bool
	}{
		{nil, 3, nil, false},
		{[]SeqRange{{5, 6}, {1, 2}}, 3, []SeqRange{{1, 2}, {5, 6}}, false},
		{[]SeqRange{{3, 4}, {1, 2}, {4, 9}, {5, 6}}, 3, []SeqRange{{1, 9}}, false},
		{[]SeqRange{{1, 1}, {10, 10}, {12, 12}, {20, 20}}, 3, []SeqRange{{1, 1}, {10, 12}, {20, 20}}, true},
		{[]SeqRange{{1, 1}, {3, 3}, {5, 5}, {7, 7}}, 2, []SeqRange{{1, 5}, {7, 7}}, true},
		{[]SeqRange{{1, 1}, {1<<64 - 1, 1<<64 - 1}}, 1, []SeqRange{{1, 1<<64 - 1}}, true},
	} {
		in := slices.Clone(tc.in)
		got, merged := joinRanges(in, tc.limit)
		if !slices.Equal(got, tc.want) || merged != tc.merged || !slices.Equal(in, tc.in) {
			t.Errorf("joinRanges(%v, %d) = %v, %v, want %v, %v", tc.in, tc.limit, got, merged, tc.want, tc.merged)
		}
	}
}

func TestNodeStateMergesRanges(t *testing.T) {
	s, err := ParseNodeState([]byte(goldenNode))
	if err != nil {
		t.Fatal(err)
	}
	s.NextSeq, s.Outstanding = 1<<40, nil
	for i := range uint64(MaxRanges + 500) {
		s.Outstanding = append(s.Outstanding, SeqRange{1 + 10*i, 2 + 10*i})
	}
	payload, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseNodeState(payload)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Outstanding) != MaxRanges || !got.Merged {
		t.Errorf("%d ranges, merged %v", len(got.Outstanding), got.Merged)
	}
	for _, r := range s.Outstanding {
		if !slices.ContainsFunc(got.Outstanding, func(g SeqRange) bool { return g.From <= r.From && r.To <= g.To }) {
			t.Fatalf("%v is no longer outstanding", r)
		}
	}
}

func TestMessageRoundTrip(t *testing.T) {
	epoch := rapid.StringMatching(`[0-9a-z]{1,32}`)
	id := rapid.StringMatching(`[a-z0-9][a-z0-9-]{1,30}`)
	text := rapid.StringN(0, 60, MaxReason)
	unix := rapid.Int64Range(0, lastMS)
	rapid.Check(t, func(t *rapid.T) {
		a := Ack{Ingester: id.Draw(t, "ingester"), TimeMS: unix.Draw(t, "time"), ClockSynced: rapid.Bool().Draw(t, "synced")}
		for i := range rapid.IntRange(0, 5).Draw(t, "ranges") {
			from := uint64(i)*1000 + rapid.Uint64Range(1, 500).Draw(t, "from")
			a.Ranges = append(a.Ranges, AckRange{"e1", from, from + rapid.Uint64Range(0, 400).Draw(t, "more"), rapid.Uint32().Draw(t, "check")})
			a.Refused = append(a.Refused, Refusal{"e1", from, rapid.Uint32().Draw(t, "check"), rapid.IntRange(0, 1<<30).Draw(t, "length"), text.Draw(t, "reason")})
		}
		payload, err := a.Encode()
		if err != nil {
			t.Fatal(err)
		}
		gotAck, err := ParseAck(payload)
		if diff := gocmp.Diff(a, gotAck, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}

		s := NodeState{
			Online: rapid.Bool().Draw(t, "online"), Version: rapid.StringMatching(`[!-~]{1,64}`).Draw(t, "version"),
			Boot: epoch.Draw(t, "boot"), Clock: rapid.SampledFrom([]Clock{Synced, Estimated, Unknown}).Draw(t, "clock"),
			ClockErrS: rapid.Float64Range(0, maxClockErrS).Draw(t, "err"), Sim: rapid.Bool().Draw(t, "sim"),
			TimeMS: unix.Draw(t, "time"), Epoch: epoch.Draw(t, "epoch"), NextSeq: rapid.Uint64Min(100_000).Draw(t, "next"),
			Queue: QueueState{rapid.Uint64().Draw(t, "packs"), rapid.Uint64().Draw(t, "bytes"), unix.Draw(t, "oldest"), rapid.Uint64().Draw(t, "queued")},
		}
		if rapid.Bool().Draw(t, "sited") {
			s.Site = "35.05.12.1001"
		}
		for i := range rapid.Uint64Range(0, 5).Draw(t, "things") {
			s.Outstanding = append(s.Outstanding, SeqRange{10*i + 1, 10*i + rapid.Uint64Range(1, 8).Draw(t, "to")})
			s.GivenUp = append(s.GivenUp, GivenUp{1000 + i, 1000 + i, text.Draw(t, "reason")})
			s.Carried = append(s.Carried, Carried{"carried", 1 + i, rapid.Uint64Range(1+i, 1<<64-1).Draw(t, "to"), []string{"b-1", epoch.Draw(t, "boot")}})
			s.Sensors = append(s.Sensors, SensorState{
				reading.SensorID(fmt.Sprintf("s-%d", i)), epoch.Draw(t, "driver"), rapid.Int64Range(1, 1e9).Draw(t, "interval"),
				[]string{"a_later_one", "pm1"},
				rapid.SampledFrom([]Health{HealthStarting, HealthWarming, HealthOK, HealthFailing}).Draw(t, "health"), text.Draw(t, "error"), unix.Draw(t, "since"),
			})
		}
		if payload, err = s.Encode(); err != nil {
			t.Fatal(err)
		}
		gotState, err := ParseNodeState(payload)
		if diff := gocmp.Diff(s, gotState, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}

		c := CenterState{id.Draw(t, "ingester"), true, rapid.Bool().Draw(t, "accepting"), text.Draw(t, "reason"), unix.Draw(t, "time"), true, rapid.Bool().Draw(t, "demo")}
		if payload, err = c.Encode(); err != nil {
			t.Fatal(err)
		}
		if gotCenter, err := ParseCenterState(payload); err != nil || gotCenter != c {
			t.Fatalf("%v, %+v, want %+v", err, gotCenter, c)
		}
	})
}
