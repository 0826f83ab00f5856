package edge

import (
	"slices"
	"testing"

	"github.com/siaga-id/siaga/edge/chips"
	"github.com/siaga-id/siaga/internal/reading"
)

func TestEveryChipIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range chips.All() {
		if !reading.ValidID(c.Name) || c.Model == "" || seen[c.Name] {
			t.Errorf("%q %q: a name that is no id, is taken, or stands for nothing", c.Name, c.Model)
		}
		seen[c.Name] = true
		if named, ok := chips.Named(c.Name); !ok || named.Model != c.Model {
			t.Errorf("%s: Named gives %q, %v", c.Name, named.Model, ok)
		}
		if c.Options() == c.Options() {
			t.Errorf("%s: two sensors would share their options", c.Name)
		}
		if p := c.I2C; p != nil && (len(p.Addresses) == 0 || p.Identify == nil) {
			t.Errorf("%s: a probe that cannot probe", c.Name)
		}
		if p := c.UART; p != nil && (p.Baud == 0 || p.Recognise == nil || p.Recognise(nil)) {
			t.Errorf("%s: a probe that cannot probe", c.Name)
		}
	}
	if _, ok := chips.Named("pms"); ok {
		t.Error("Named found a chip that is not there")
	}
}

// TestABeamPromisesOnlyWhatComesEveryTime: where nothing passes there is no
// speed, and what was promised and does not come would count as a gap.
func TestABeamPromisesOnlyWhatComesEveryTime(t *testing.T) {
	_, options, err := SensorConfig{Driver: "breakbeam", Options: map[string]any{"pin": "GPIO17", "vehicle_length_m": 2.6}}.Chip()
	if err != nil {
		t.Fatal(err)
	}
	want := []reading.Quantity{reading.Count, reading.Flow, reading.Occupancy}
	if got := options.Quantities(); !slices.Equal(got, want) {
		t.Errorf("promises %v, want %v", got, want)
	}
}
