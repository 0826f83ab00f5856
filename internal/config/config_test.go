package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/config"
)

type broker struct {
	URL     string        `mapstructure:"url"`
	Timeout time.Duration `mapstructure:"timeout"`
}

type settings struct {
	Name  string   `mapstructure:"name"`
	Count int      `mapstructure:"count"`
	MQTT  broker   `mapstructure:"mqtt"`
	Items []broker `mapstructure:"items"`
	Own   string   `mapstructure:"-"`
}

func defaults() settings {
	return settings{Name: "x", Count: 3, MQTT: broker{URL: "tcp://h:1", Timeout: time.Second}}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPrecedence(t *testing.T) {
	file := write(t, "name: file\nmqtt:\n  url: tcp://file:1\n  timeout: 5s\nitems:\n  - url: a\n")
	t.Setenv("SIAGA_MQTT_URL", "tcp://env:1")
	t.Setenv("SIAGA_COUNT", "9")
	got := defaults()
	if err := config.Load(file, map[string]any{"name": "flag"}, &got); err != nil {
		t.Fatal(err)
	}
	want := settings{
		Name: "flag", Count: 9, MQTT: broker{URL: "tcp://env:1", Timeout: 5 * time.Second},
		Items: []broker{{URL: "a"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestKeysInAnyCase: people write keys as they like, also below others.
func TestKeysInAnyCase(t *testing.T) {
	got := defaults()
	if err := config.Load(write(t, "NAME: a\nMqtt: {Timeout: 5s}\nitems: [{URL: b}]\n"), nil, &got); err != nil {
		t.Fatal(err)
	}
	want := defaults()
	want.Name, want.MQTT.Timeout, want.Items = "a", 5*time.Second, []broker{{URL: "b"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestWhatIsEmptyLeavesTheDefaults: a file, a section and a value.
func TestWhatIsEmptyLeavesTheDefaults(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "mqtt:\nname:\n", "mqtt: {}\n"} {
		got := defaults()
		if err := config.Load(write(t, text), nil, &got); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if d := cmp.Diff(defaults(), got); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
	t.Setenv("SIAGA_MQTT_URL", "tcp://env:1")
	got := defaults()
	if err := config.Load(write(t, "mqtt:\n"), nil, &got); err != nil || got.MQTT.URL != "tcp://env:1" {
		t.Errorf("below an empty section: %+v, %v", got, err)
	}
}

func TestErrorsKeepTheirKind(t *testing.T) {
	if err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), nil, new(strict)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := config.Load(write(t, "count: 1\n"), nil, new(strict)); !errors.Is(err, errEmpty) {
		t.Error(err)
	}
}

func TestNothingGivenLeavesTheDefaults(t *testing.T) {
	got := defaults()
	if err := config.Load("", nil, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(defaults(), got); d != "" {
		t.Error(d)
	}
}

func TestMistakesNameTheKey(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"unknown key":           {"nmae: x\n", "unknown key nmae: known here are name, count, mqtt, items"},
		"unknown key below":     {"mqtt:\n  adress: x\n", "unknown key mqtt: adress: known here are url, timeout"},
		"unknown key in a list": {"items:\n  - uri: x\n", "unknown key items[0]: uri"},
		"the program's own":     {"own: x\n", "unknown key own: known here are name, count, mqtt, items"},
		"wrong type":            {"count: many\n", "'count'"},
		"bad duration":          {"mqtt:\n  timeout: soon\n", "'mqtt.timeout'"},
		"not yaml":              {"{{{", "read configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			got := defaults()
			err := config.Load(write(t, tc.text), nil, &got)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want it to say %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

// strict is settings with two rules.
var errEmpty = errors.New("name: empty")

type strict struct {
	Name  string `mapstructure:"name"`
	Count int    `mapstructure:"count"`
}

func (s strict) Validate() error {
	var errs []error
	if s.Name == "" {
		errs = append(errs, errEmpty)
	}
	if s.Count < 0 {
		errs = append(errs, errors.New("count: negative"))
	}
	return errors.Join(errs...)
}

func TestBrokenRulesAreOneLineWithTheFile(t *testing.T) {
	file := write(t, "count: -1\n")
	err := config.Load(file, nil, new(strict))
	if want := "configuration " + file + ": name: empty; count: negative"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
	if err := config.Load(write(t, "name: x\n"), nil, new(strict)); err != nil {
		t.Error(err)
	}
}

func TestMissingFileIsNamed(t *testing.T) {
	got := defaults()
	err := config.Load("/nonexistent/siaga.yaml", nil, &got)
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/siaga.yaml") {
		t.Fatalf("error %v, want it to name the file", err)
	}
}
