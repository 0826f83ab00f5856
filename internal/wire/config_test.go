package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	goldenDesired = `{"version":7,"based":6,"author":"budi","reason":"slower","time_ms":1790000000123,` +
		`"body":{"pack_interval":"30s","page":{"listen":"127.0.0.1:8087"},"sensors":[{"driver":"bme280","i2c":"1","id":"cuaca-1","interval":"60s"}]}}`
	goldenReported = `{"version":7,"based":6,"origin":"center","author":"budi","reason":"slower","time_ms":1790000000123,"trial":true,` +
		`"body":{"pack_interval":"30s"},"desired":{"version":7,"state":"in force"},` +
		`"changes":[{"version":6,"based":5,"origin":"node","author":"sari","reason":"tape","time_ms":0}],` +
		`"corrections":[{"sensor":"air-1","quantity":"distance","version":3,"kind":"datum","date_ms":1790000000000,"author":"sari","reason":"tape"}]}`
	goldenCommand = `{"id":"c-1","name":"logs","lines":200,"by":"budi","expires_ms":1790000060123}`
	goldenAnswer  = `{"id":"c-1","state":"done","detail":"warm","time_ms":1790000000123,` +
		`"values":[{"quantity":"pm2_5","value":12.5,"quality":2}],"log":"one\ntwo\n"}`
)

func TestGoldenConfigurations(t *testing.T) {
	change := ConfigChange{7, 6, FromCenter, "budi", "slower", 1790000000123}
	for _, tc := range []struct {
		want   string
		encode func() ([]byte, error)
	}{
		{goldenDesired, DesiredConfig{7, 6, "budi", "slower", 1790000000123, ConfigBody{
			"pack_interval": "30s", "page": map[string]any{"listen": "127.0.0.1:8087"},
			"sensors": []any{map[string]any{"id": "cuaca-1", "driver": "bme280", "interval": "60s", "i2c": "1"}},
		}}.Encode},
		{goldenReported, ReportedConfig{
			change, true,
			ConfigBody{"pack_interval": "30s"},
			&ConfigOutcome{7, InForce, ""},
			[]ConfigChange{{6, 5, FromNode, "sari", "tape", 0}},
			[]SensorCorrection{{"air-1", "distance", 3, "datum", 1790000000000, "sari", "tape"}},
		}.Encode},
		{goldenCommand, Command{"c-1", CommandLogs, "", 200, "budi", 1790000060123}.Encode},
		{goldenAnswer, Answer{"c-1", Done, "warm", 1790000000123, []ReadValue{{"pm2_5", 12.5, 2}}, "one\ntwo\n"}.Encode},
	} {
		got, err := tc.encode()
		if err != nil || string(got) != tc.want {
			t.Errorf("%v\n%s, want\n%s", err, got, tc.want)
		}
	}
}

func TestConfigBodiesAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                  "",
		`{"send":{"profile":"x"}}`:            "",
		`{"mqtt":{"url":"tcp://x"}}`:          "mqtt: is the node's own or unknown",
		`{"node":"lodoyo-02"}`:                "node: is the node's own or unknown",
		`{"page":{"pin_file":"/etc/passwd"}}`: "page.pin_file: is the node's own",
		`{"page":"127.0.0.1:80"}`:             "page: want keys and values",
		`{"pack_interval":10}`:                "pack_interval: 10: want a duration",
		`{"pack_interval":"-1s"}`:             "pack_interval: -1s: want a duration",
		`{"queue":null}`:                      "queue: empty: leave it out",
		`{"center":{"addresses":["pusat.example:8883"],"brokers":["10.0.0.1:8883"]}}`: "",
		`{"center":{}}`:                                   "",
		`{"center":"x"}`:                                  "center: want the lists",
		`{"center":{"url":["x:1"]}}`:                      "center: want the lists",
		`{"center":{"addresses":["pusat"]}}`:              "center.addresses: address 1 of the center: want host:port",
		`{"center":{"brokers":["tls://x:1"]}}`:            "center.brokers: address 1",
		`{"center":{"cas":["x"]}}`:                        "center.cas[0]: want one certificate in PEM",
		`{"center":{"cas":["","","","","","","","",""]}}`: "center.cas: 9 are more than 8",
		`{"queue":{"A":1}}`:                               `queue: key "A": want 1 to 64`,
		`{"sensors":{}}`:                                  "sensors: want a list",
		`{"sensors":[1]}`:                                 "sensors[0]: want a sensor's keys",
		`{"sensors":[{"id":"A"}]}`:                        `sensors[0].id: "A": want 2 to 31`,
		`{"sensors":[{"id":"pm-1","driver":"x","interval":"1s"},{"id":"pm-1","driver":"x","interval":"1s"}]}`: `sensors[1].id: "pm-1" stands twice`,
		`{"sensors":[{"id":"pm-1","interval":"1s"}]}`:                                                         `sensors[0].driver: "": want a driver's name`,
		`{"sensors":[{"id":"pm-1","driver":"x"}]}`:                                                            "sensors[0].interval: <nil>: want a duration",
		`{"send":` + strings.Repeat(`{"a":`, 9) + `1}` + strings.Repeat(`}`, 9):                               "nested too deep",
		`{"send":{"a":"` + strings.Repeat("x", MaxConfigBytes) + `"}}`:                                        "bytes long, more than",
	} {
		var b ConfigBody
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			t.Fatalf("%.80s: %v", text, err)
		}
		err := b.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.80s: %v, want %q", text, err, want)
		}
	}
}

func TestADesiredConfigurationWithAWrongBodyKeepsItsNumber(t *testing.T) {
	d, err := ParseDesiredConfig([]byte(strings.Replace(goldenDesired, `"pack_interval":"30s"`, `"mqtt":{}`, 1)))
	var wrong *BodyError
	if !errors.As(err, &wrong) || d.Version != 7 || d.Based != 6 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestSplitConfig(t *testing.T) {
	whole := map[string]any{
		"node": "a-1", "mqtt": map[string]any{"url": "x"}, "pack_interval": "10s", "sensors": []any{},
		"page": map[string]any{"listen": "x", "pin_file": "y"},
	}
	body, own := SplitConfig(whole)
	if diff := gocmp.Diff(ConfigBody{"pack_interval": "10s", "sensors": []any{}, "page": map[string]any{"listen": "x"}}, body); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff(map[string]any{"node": "a-1", "mqtt": map[string]any{"url": "x"}, "page": map[string]any{"pin_file": "y"}}, own); diff != "" {
		t.Error(diff)
	}
	if body, own := SplitConfig(map[string]any{"page": nil}); len(body)+len(own) != 1 {
		t.Error(body, own)
	}
}

func TestParseConfigurationsRefuse(t *testing.T) {
	for _, tc := range []struct {
		parse    func([]byte) error
		golden   string
		old, new string
		want     string
	}{
		{desired, goldenDesired, `"version":7`, `"version":6`, "version 6 based on 6"},
		{desired, goldenDesired, `"version":7`, `"version":9007199254740992`, "version 9007199254740992"},
		{desired, goldenDesired, `"body":`, `"other":`, "it has no body"},
		{desired, goldenDesired, `slower`, strings.Repeat("x", 201), "a text of 201 bytes"},
		{reported, goldenReported, `"center"`, `"elsewhere"`, `origin "elsewhere"`},
		{reported, goldenReported, `"version":6,"based":5`, `"version":6,"based":6`, "version 6 based on 6"},
		{reported, goldenReported, `"in force"`, `"desired"`, `state "desired"`},
		{reported, goldenReported, `"quantity":"distance"`, `"quantity":"A"`, `quantity "A"`},
		{reported, goldenReported, `"kind":"datum"`, `"kind":""`, `kind ""`},
		{reported, goldenReported, `"air-1"`, `"A"`, `sensor "A"`},
		{command, goldenCommand, `"c-1"`, `"C"`, `id "C"`},
		{command, goldenCommand, `"lines":200`, `"lines":0`, "lines 0"},
		{command, goldenCommand, `"lines":200`, `"lines":2001`, "lines 2001"},
		{command, goldenCommand, `"logs"`, `"read"`, "read: which sensor?"},
		{command, goldenCommand, `"logs"`, `"read","sensor":"A"`, `sensor "A"`},
		{command, goldenCommand, `"logs"`, `"rm -rf"`, `name "rm -rf"`},
		{answer, goldenAnswer, `"done"`, `"well"`, `state "well"`},
		{answer, goldenAnswer, `"quality":2`, `"quality":-1`, "quality -1"},
		{answer, goldenAnswer, `one\ntwo`, strings.Repeat("x", MaxLogBytes+1), "a log of"},
		{answer, "null", "", "", `id ""`},
	} {
		text := strings.Replace(tc.golden, tc.old, tc.new, 1)
		if err := tc.parse([]byte(text)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.90s: %v, want %q", text, err, tc.want)
		}
	}
	if err := command([]byte(`{"id":"c-1","name":"dance","by":"","expires_ms":0}`)); err != nil {
		t.Errorf("a command of a later version: %v", err)
	}
}

func desired(b []byte) error  { _, err := ParseDesiredConfig(b); return err }
func reported(b []byte) error { _, err := ParseReportedConfig(b); return err }
func command(b []byte) error  { _, err := ParseCommand(b); return err }
func answer(b []byte) error   { _, err := ParseAnswer(b); return err }

func TestWhatIsTooLongIsShortened(t *testing.T) {
	long := ReportedConfig{ConfigChange: ConfigChange{Origin: FromNode}, Body: ConfigBody{"send": strings.Repeat("x", MaxConfigBytes)}}
	for i := range MaxConfigChanges + 1 {
		long.Changes = append(long.Changes, ConfigChange{Version: uint64(i + 1), Origin: FromNode, Reason: strings.Repeat("é", 200)})
	}
	b, err := long.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseReportedConfig(b)
	if err != nil || r.Body != nil || len(r.Changes) != MaxConfigChanges || r.Changes[0].Version != 2 {
		t.Errorf("%v: body %v, %d changes from %d", err, r.Body, len(r.Changes), r.Changes[0].Version)
	}
	var log strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&log, "line %d\n", i)
	}
	b, err = Answer{ID: "x", State: Done, Log: log.String()}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAnswer(b)
	if err != nil || !strings.HasPrefix(a.Log, "line ") || !strings.HasSuffix(a.Log, "line 19999\n") || len(a.Log) > MaxLogBytes {
		t.Errorf("%v, %d bytes: %.20q", err, len(a.Log), a.Log)
	}
	if b, err = (Answer{ID: "x", State: Done, Log: strings.Repeat("é", MaxLogBytes)}).Encode(); err != nil {
		t.Fatal(err)
	}
	if a, err = ParseAnswer(b); err != nil || len(a.Log) > MaxLogBytes || strings.Contains(a.Log, "\uFFFD") {
		t.Errorf("%v, %d bytes", err, len(a.Log))
	}
}

func TestConfigurationsComeBack(t *testing.T) {
	d, err := ParseDesiredConfig([]byte(goldenDesired))
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseReportedConfig([]byte(goldenReported))
	if err != nil {
		t.Fatal(err)
	}
	for _, golden := range []struct {
		encode func() ([]byte, error)
		text   string
	}{{d.Encode, goldenDesired}, {r.Encode, goldenReported}} {
		if b, err := golden.encode(); err != nil || string(b) != golden.text {
			t.Errorf("%s, %v", b, err)
		}
	}
	c, err := ParseCommand([]byte(goldenCommand))
	if err != nil || !reflect.DeepEqual(c, Command{"c-1", CommandLogs, "", 200, "budi", 1790000060123}) {
		t.Error(c, err)
	}
	a, err := ParseAnswer([]byte(goldenAnswer))
	if diff := gocmp.Diff(Answer{"c-1", Done, "warm", 1790000000123, []ReadValue{{"pm2_5", 12.5, 2}}, "one\ntwo\n"}, a, cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func FuzzParseDesiredConfig(f *testing.F) {
	f.Add([]byte(goldenDesired))
	f.Fuzz(func(t *testing.T, b []byte) { parsedAgain(t, b, ParseDesiredConfig, DesiredConfig.Encode) })
}

func FuzzParseReportedConfig(f *testing.F) {
	f.Add([]byte(goldenReported))
	f.Fuzz(func(t *testing.T, b []byte) { parsedAgain(t, b, ParseReportedConfig, ReportedConfig.Encode) })
}

func FuzzParseCommand(f *testing.F) {
	f.Add([]byte(goldenCommand))
	f.Fuzz(func(t *testing.T, b []byte) { parsedAgain(t, b, ParseCommand, Command.Encode) })
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte(goldenAnswer))
	f.Fuzz(func(t *testing.T, b []byte) { parsedAgain(t, b, ParseAnswer, Answer.Encode) })
}
