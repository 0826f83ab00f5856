package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
)

func seenSensors() []edge.SensorSnapshot {
	corrected := 42.1
	return []edge.SensorSnapshot{
		{ID: "pm-1", IntervalS: 10, Health: "ok", Values: []edge.ValueSnapshot{
			{Quantity: "pm2_5", TitleID: "PM2.5", TitleEN: "PM2.5", Unit: "µg/m³", Raw: 58, Corrected: &corrected, Calibration: 3, Quality: "not evaluated", AgeS: 1.2},
			{Quantity: "pm10", TitleID: "PM10", TitleEN: "PM10", Unit: "µg/m³", Raw: 1200, Quality: "suspect", AgeS: 1.2},
		}},
		{ID: "bme-1", IntervalS: 10, Health: "failing", Code: "no_answer", Error: "i2c 0x76: no answer\nbus: timeout", SinceS: 754, Values: []edge.ValueSnapshot{
			{Quantity: "temperature", TitleID: "Suhu", TitleEN: "Temperature", Unit: "°C", Raw: 27.3, Quality: "good", AgeS: 754},
		}},
		{ID: "node", IntervalS: 60, Health: "starting"},
	}
}

func TestReadTable(t *testing.T) {
	got := readTable(sight{Node: "uji-01", Site: "35.05.12.1001", Source: "agent", Simulated: true, Sensors: seenSensors()}, "id")
	what, remedy := explain.Code("no_answer", "id")
	want := []string{
		"uji-01  35.05.12.1001  dari agen  SIMULASI",
		"",
		"SENSOR  BESARAN  MENTAH        TERKOREKSI       MUTU             UMUR",
		"pm-1    PM2.5    58.0 µg/m³    42.1 µg/m³ (v3)  ○ belum dinilai  1 dtk",
		"        PM10     1200.0 µg/m³  –                ▲ meragukan      1 dtk",
		"bme-1   Suhu     27.30 °C      –                BASI             12 mnt 34 dtk",
		"   ✕ GAGAL sejak 12 mnt 34 dtk: " + what,
		"   → " + remedy,
		"   (i2c 0x76: no answer; bus: timeout)",
		"",
		"node    –        –             –                ○ mulai",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What the agent said last is stale once it does not answer, and grows older.
func TestAnAgentThatAnswersNoMore(t *testing.T) {
	a := &agentSource{last: sight{Node: "uji-01", Source: "agent", Sensors: seenSensors()}, at: time.Now().Add(-time.Minute)}
	s := a.missed(errors.New("ask the agent: broken pipe"))
	if got := s.Sensors[0].Values[0].AgeS; got < 61 || s.failed() == nil {
		t.Errorf("age is %v, error %v", got, s.failed())
	}
	if again := a.missed(errors.New("x")).Sensors[0].Values[0].AgeS; again > 70 {
		t.Errorf("ages are counted twice: %v", again)
	}
	table := strings.Join(readTable(s, "en"), "\n")
	if strings.Count(table, "STALE") != 3 || !strings.Contains(table, "NOT ANSWERING: ask the agent: broken pipe") {
		t.Error(table)
	}
}

func TestOnlyOneSensor(t *testing.T) {
	cfg := edge.Config{Sensors: []edge.SensorConfig{{ID: "pm-1"}, {ID: "air-1"}}}
	if one, err := onlySensor(cfg, "air-1", "id"); err != nil || len(one.Sensors) != 1 || one.Sensors[0].ID != "air-1" {
		t.Errorf("%+v: %v", one, err)
	}
	if _, err := onlySensor(cfg, "air-2", "id"); err == nil || !strings.Contains(err.Error(), "pm-1, air-1") {
		t.Errorf("a sensor that there is not: %v", err)
	}
}

func TestQueueTable(t *testing.T) {
	age, days := 5400.0, 38.5
	q := edge.QueueSnapshot{
		Packs: 541, Bytes: 812_000, DiskBytes: 1_100_000, MaxBytes: 512_000_000, RoomBytes: 480_000_000,
		OldestAgeS: &age, DaysLeft: &days, GivenUp: 2, Ranges: []edge.SeqRange{{From: 1, To: 541}},
	}
	var out bytes.Buffer
	if err := printQueue(&out, q, true, "id"); err != nil {
		t.Fatal(err)
	}
	want := `Agen              berjalan
Menunggu dikirim  541 paket, 812 kB
Tertua            1 jam 30 mnt
Terpakai di disk  1.1 MB dari 512 MB
Sisa ruang        480 MB
Cukup untuk       38 hari 12 jam
Hilang            2 paket
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	if err := printQueue(&out, edge.QueueSnapshot{}, false, "en"); err != nil || !strings.Contains(out.String(), "Lasts for           not known yet") {
		t.Errorf("empty: %v\n%s", err, out.String())
	}
}

func TestSightIsJSON(t *testing.T) {
	b, err := json.Marshal(sight{Node: "uji-01", Source: "direct", Sensors: seenSensors()})
	if err != nil || !strings.Contains(string(b), `"corrected":42.1`) || !strings.Contains(string(b), `"source":"direct"`) {
		t.Errorf("%s: %v", b, err)
	}
}
