package a02yyuw

import (
	"slices"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

func TestOptions(t *testing.T) {
	for _, tc := range []struct {
		settings map[string]any
		want     []reading.Quantity
		mistake  string
	}{
		{map[string]any{"port": "/dev/serial0"}, []reading.Quantity{reading.Distance}, ""},
		{map[string]any{"port": "/dev/serial0", "datum_m": 0}, []reading.Quantity{reading.Level, reading.Distance}, ""},
		{map[string]any{"datum_m": 6.25}, nil, "port: empty"},
		{map[string]any{"port": "/dev/serial0", "datum_m": "NaN"}, nil, "datum_m: NaN"},
	} {
		o := Chip.Options()
		if err := config.Decode(tc.settings, o); err != nil {
			t.Fatal(err)
		}
		err := o.Validate()
		switch {
		case tc.mistake != "":
			if err == nil || !strings.HasPrefix(err.Error(), tc.mistake) {
				t.Errorf("%v: Validate: %v, want %s", tc.settings, err, tc.mistake)
			}
		case err != nil:
			t.Errorf("%v: Validate: %v", tc.settings, err)
		case !slices.Equal(o.Quantities(), tc.want):
			t.Errorf("%v: Quantities: %v", tc.settings, o.Quantities())
		}
	}
}
