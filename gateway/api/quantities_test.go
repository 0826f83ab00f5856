package api

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/reading"
)

func TestQuantities(t *testing.T) {
	w := build(t, fixed, nil).do("GET", "/api/v1/quantities", "")
	var body quantitiesBody
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 200 {
		t.Fatalf("%d %v: %s", w.Code, err, w.Body)
	}
	told := map[string]quantityBody{}
	for _, b := range body.Quantities {
		told[b.Quantity] = b
	}
	if want := 2 * len(reading.Quantities()); len(told) != want {
		t.Errorf("%d quantities, want %d", len(told), want)
	}
	for _, want := range []quantityBody{
		{"level", "", "water", "m", 3, "Tinggi muka air", "Water level"},
		{"level_cor", "level", "water", "m", 3, "Tinggi muka air (terkoreksi)", "Water level (corrected)"},
	} {
		if diff := cmp.Diff(want, told[want.Quantity]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
