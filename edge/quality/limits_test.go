package quality

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// decoded reads checks as a configuration file has them.
func decoded(t *testing.T, checks map[string]any) (map[string]Limits, error) {
	t.Helper()
	var into struct {
		Checks map[string]Limits `mapstructure:"checks"`
	}
	err := config.Decode(map[string]any{"checks": checks}, &into)
	return into.Checks, err
}

func TestWhatIsLeftOutStaysAsUsual(t *testing.T) {
	checks, err := decoded(t, map[string]any{"temperature": map[string]any{}, "level": map[string]any{"min": 0, "stuck_after": "48h"}, "pm10": map[string]any{"stuck_after": "off", "step_per_minute": 100.5}})
	if errs := Validate(checks, 10*time.Second); err != nil || len(errs) > 0 {
		t.Fatal(err, errs)
	}
	for _, tc := range []struct {
		q    reading.Quantity
		want rules
	}{
		{reading.Temperature, rules{min: 10, max: 45, step: 5, stuck: 3 * time.Hour}},
		{reading.Humidity, rules{min: 10, max: 100, stuck: 3 * time.Hour, high: 100}},
		{reading.Level, rules{min: 0, max: 30, step: 1, stuck: 48 * time.Hour}},
		{reading.PM10, rules{min: 0, max: 1000, step: 100.5, low: 5}},
		{reading.Rain, rules{min: 0, max: 100}},
	} {
		if got := New(checks).of(tc.q).rules; got != tc.want {
			t.Errorf("%v: %+v, want %+v", tc.q, got, tc.want)
		}
	}
}

func TestEveryMistakeIsNamed(t *testing.T) {
	for _, tc := range []struct {
		quantity, key string
		value         any
		want          string
	}{
		{"temperatur", "min", 15, `checks.temperatur: "temperatur" is no quantity`},
		{"", "min", 15, `checks.: "" is no quantity`},
		{"temperature_cor", "min", 15, "checks.temperature_cor: a corrected value is judged by the raw one: use temperature"},
		{"temperature", "min", 5, "checks.temperature.min: 5 is below 10, where every stage flags"},
		{"temperature", "max", 50, "checks.temperature.max: 50 is above 45, where every stage flags"},
		{"temperature", "min", 45, "checks.temperature.min: 45 is not below max, 45"},
		{"temperature", "min", "NaN", "checks.temperature.min: NaN is below"},
		{"temperature", "max", "NaN", "checks.temperature.max: NaN is above"},
		{"temperature", "step_per_minute", 0, `checks.temperature.step_per_minute: "0": want a number above 0, or off`},
		{"temperature", "step_per_minute", -1, `step_per_minute: "-1": want`},
		{"temperature", "step_per_minute", "NaN", `step_per_minute: "NaN": want`},
		{"temperature", "step_per_minute", "Inf", `step_per_minute: "Inf": want`},
		{"temperature", "step_per_minute", "none", `step_per_minute: "none": want`},
		{"temperature", "stuck_after", "0s", `checks.temperature.stuck_after: "0s": want 1m to 720h`},
		{"temperature", "stuck_after", "721h", `stuck_after: "721h": want`},
		{"temperature", "stuck_after", 3, `stuck_after: "3": want`},
		{"temperature", "stuck_after", "29m59s", "stuck_after: 29m59s is too short for a sensor that is read every 10m0s: use at least 30m0s, or off"},
		{"temperature", "stuck_afer", "3h", "unknown key checks[temperature]: stuck_afer"},
		{"temperature", "min", "low", "min"},
	} {
		checks, err := decoded(t, map[string]any{tc.quantity: map[string]any{tc.key: tc.value}})
		if err == nil {
			err = errors.Join(Validate(checks, 10*time.Minute)...)
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: {%s: %v}: error %v, want %q", tc.quantity, tc.key, tc.value, err, tc.want)
		}
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	errs := Validate(map[string]Limits{
		"level":       {Min: new(-9.0), StepPerMinute: "x", StuckAfter: "y"},
		"temperatur":  {},
		"temperature": {StuckAfter: "30m"},
	}, 10*time.Minute)
	if len(errs) != 4 {
		t.Errorf("%d mistakes, want 4: %v", len(errs), errs)
	}
}

// TestEveryUsualRuleCanRun holds the table to the tests' own conditions.
func TestEveryUsualRuleCanRun(t *testing.T) {
	for q, r := range defaults {
		if !q.Valid() || q.IsCorrected() {
			t.Errorf("%v is no raw quantity", q)
		}
		if in := q.Info(); r.stuck < minStuckAfter || r.stuck > maxStuckAfter || r.step < 0 || r.step > in.Max-in.Min || r.low > in.Max || r.high > in.Max {
			t.Errorf("%v: %+v", q, r)
		}
	}
	for _, q := range []reading.Quantity{reading.Rain, reading.RainRate, reading.Count, reading.Flow, reading.Occupancy, reading.Speed} {
		if usual(q).stuck != 0 {
			t.Errorf("%v is called stuck where it is normal that nothing happens", q)
		}
	}
}
