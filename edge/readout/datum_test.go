package readout

import (
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/internal/reading"
)

func TestADatumIsOnlyForWhoTakesIt(t *testing.T) {
	store := emptyStore(t)
	if _, err := store.Set(calibration.Correction{
		Sensor: "air-1", Quantity: reading.Distance, Kind: calibration.Datum, DatumM: 3.2, Author: "Sari", Reason: "pemasangan",
	}); err != nil {
		t.Fatal(err)
	}
	for driver, takes := range map[string]bool{"a02yyuw": true, "pms5003": false} {
		sc := edge.SensorConfig{ID: "air-1", Driver: driver, Interval: time.Second, Options: map[string]any{"port": "p"}}
		with := withDatum(sc, store)
		if _, _, err := with.Chip(); err != nil {
			t.Errorf("%s cannot be opened: %v", driver, err)
		}
		if _, has := with.Options["datum_m"]; has != takes || len(sc.Options) != 1 {
			t.Errorf("%s: %v, from %v", driver, with.Options, sc.Options)
		}
	}
}
