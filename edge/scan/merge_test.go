package scan

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/siaga-id/siaga/edge/explain"
)

var newcomers = []Suggestion{
	{ID: "sungai-1", Driver: "a02yyuw", Interval: often, Place: Place{Port: "/dev/ttyUSB0", Baud: 9600}, Model: "DFRobot A02YYUW", Also: []string{"jsnsr04t"}, Level: true},
	{ID: "bme-2", Driver: "bme280", Interval: often, Place: Place{Bus: "1", Address: 0x77}, Model: "Bosch BME280"},
}

const added = `- id: sungai-1
  driver: a02yyuw # DFRobot A02YYUW; or jsnsr04t: see what is printed on it
  port: /dev/ttyUSB0
  interval: 10s
- id: bme-2
  driver: bme280 # Bosch BME280
  i2c: "1"
  address: 0x77
  interval: 10s
`

// indented returns text with each line moved to the right.
func indented(text, by string) string {
	return by + strings.TrimSuffix(strings.ReplaceAll(text, "\n", "\n"+by), by)
}

func TestMergeAddsAndLeavesTheRest(t *testing.T) {
	for _, tc := range []struct{ name, before, after, indent string }{
		{"at the end", station, "", "  "},
		{"before other keys", "sensors:\n  - id: a\n    driver: b\n", "\nqueue: # keep\n  max_bytes: 1\n", "  "},
		{"before a comment that is the list's", "sensors:\n  - id: a\n    # power_pin: GPIO5\n", "  # - id: b\nnode: x\n", "  "},
		{"dashes at the margin", "node: x\nsensors:\n- id: a\n  driver: b\n", "site: y\n", ""},
		{"wide indentation", "sensors:\n      - id: a\n        driver: b\n", "", "      "},
		{"nested values", "sensors:\n  - id: a\n    table:\n      - 1\n      - 2\n    note: |\n      long\n\n      text\n", "\nsite: y\n", "  "},
		{"no sensors yet", "node: x\nsensors:\n", "site: y\n", "  "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := tc.before + indented(added, tc.indent) + tc.after
			got, err := Merge([]byte(tc.before+tc.after), newcomers, explain.EN)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestMergeWithoutAList(t *testing.T) {
	for _, before := range []string{"node: x\n", "node: x", "# nothing yet\n", ""} {
		got, err := Merge([]byte(before), newcomers, explain.EN)
		if err != nil || !strings.HasPrefix(string(got), before) || !strings.HasSuffix(string(got), "\nsensors:\n"+indented(added, "  ")) && before != "" {
			t.Errorf("%q: %v\n%s", before, err, got)
		}
	}
	crlf, err := Merge([]byte("node: x\r\nsensors:\r\n  - id: a\r\nsite: y\r\n"), newcomers[1:], explain.EN)
	if err != nil || strings.Count(string(crlf), "\r\n") != strings.Count(string(crlf), "\n") {
		t.Errorf("line ends: %v\n%q", err, crlf)
	}
	same, err := Merge([]byte("node:   x"), nil, explain.EN)
	if err != nil || string(same) != "node:   x" {
		t.Errorf("nothing to add: %q, %v", same, err)
	}
}

func TestMergeRefuses(t *testing.T) {
	for _, text := range []string{"sensors: []\n", "sensors: [{id: a}]\n", "sensors: none\n"} {
		if _, err := Merge([]byte(text), newcomers, explain.EN); !errors.Is(err, ErrStyle) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"node: [", "\tnode: x", "- a\n- b\n", "a: 1\n---\nb: 2\n", "{node: x}\n"} {
		if got, err := Merge([]byte(text), newcomers, explain.EN); err == nil {
			t.Errorf("%q: became %q", text, got)
		}
	}
}

func TestMergeTheSample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "configs", "siaga-edge.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Merge(text, newcomers, explain.EN)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(got), string(text)) {
		t.Errorf("what was there changed:\n%s", got)
	}
	c, err := Read(got, known, nil)
	if err != nil || c.At(newcomers[0].Place) == "" || c.At(newcomers[1].Place) != "bme-2" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestNew(t *testing.T) {
	text := New(Station{Node: "sutojayan-01", Site: "35.05.12.1001", Broker: "tcp://10.0.0.5:1883"}, newcomers, explain.EN)
	var file struct {
		Node, Site string
		MQTT       struct{ URL string }
		Sensors    []map[string]any
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if file.Node != "sutojayan-01" || file.Site != "35.05.12.1001" || file.MQTT.URL != "tcp://10.0.0.5:1883" || len(file.Sensors) != 2 || file.Sensors[1]["address"] != 0x77 {
		t.Errorf("%+v", file)
	}
	text = New(Station{Node: "sutojayan-01", Site: "35.05.12.1001"}, newcomers, explain.ID)
	for _, want := range []string{"# Ditulis oleh siaga-edge scan", "# selamanya: ", "# kode Kemendagri ", "; atau jsnsr04t: baca tulisan"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("a technician does not read %q:\n%s", want, text)
		}
	}
}

func FuzzMerge(f *testing.F) {
	f.Add([]byte(station))
	f.Add([]byte("sensors:\n- id: a\n"))
	f.Add([]byte("a: |\n  x\nsensors:\n\n  - {id: a}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := Merge(text, newcomers, explain.EN)
		if err != nil {
			return
		}
		var was, is struct {
			Sensors []any `yaml:"sensors"`
		}
		if yaml.Unmarshal(text, &was) != nil || yaml.Unmarshal(got, &is) != nil || len(is.Sensors) != len(was.Sensors)+2 {
			t.Errorf("%q became %q", text, got)
		}
	})
}
