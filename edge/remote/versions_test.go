package remote

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/internal/wire"
)

// wants are bodies in which pack_interval "0s" is a mistake.
func wants(b wire.ConfigBody) error {
	if b["pack_interval"] == "0s" {
		return errors.New("pack_interval: 0s is outside 100ms to 1h")
	}
	return nil
}

func openOn(t *testing.T, d *memory) *Versions {
	t.Helper()
	v, err := OpenVersions(d, wants, func() int64 { return 1790000000000 }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func body(pack string, ids ...string) wire.ConfigBody {
	sensors := []any{}
	for _, id := range ids {
		sensors = append(sensors, map[string]any{"id": id, "driver": "bme280", "interval": "10s"})
	}
	return wire.ConfigBody{"pack_interval": pack, "sensors": sensors}
}

func takeFile(t *testing.T, v *Versions, b wire.ConfigBody) (changed bool) {
	t.Helper()
	changed, err := v.TakeFile(b, "sari", "scan")
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func desire(t *testing.T, v *Versions, version, based uint64, b wire.ConfigBody) (applied bool) {
	t.Helper()
	applied, err := v.Desire(wire.DesiredConfig{Version: version, Based: based, Author: "budi", Reason: "r", TimeMS: 5, Body: b}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return applied
}

// is compares what is in force, and what became of the center's wish.
func is(t *testing.T, v *Versions, version uint64, pack string, outcome string) {
	t.Helper()
	r := v.Report()
	got := "none"
	if r.Desired != nil {
		got = fmt.Sprintf("%d %s", r.Desired.Version, r.Desired.State)
	}
	if r.Version != version || v.InForce()["pack_interval"] != pack || got != outcome {
		t.Fatalf("version %d, %v, %s (%+v), want version %d, %s, %s", r.Version, v.InForce()["pack_interval"], got, r.Desired, version, pack, outcome)
	}
}

func TestBothSidesChangeTheConfiguration(t *testing.T) {
	v := openOn(t, newMemory())
	if !takeFile(t, v, body("10s", "a-1")) || takeFile(t, v, body("10s", "a-1")) {
		t.Error("the first file is a version, and the same file is none")
	}
	is(t, v, 1, "10s", "none")
	if !desire(t, v, 2, 1, body("20s", "a-1")) {
		t.Error("not applied")
	}
	is(t, v, 2, "20s", "2 in force")
	if desire(t, v, 2, 1, body("20s", "a-1")) {
		t.Error("applied twice")
	}
	// What a scan writes comes on top; what the center changed stays.
	if !takeFile(t, v, body("10s", "a-1", "a-2")) {
		t.Error("not taken")
	}
	is(t, v, 3, "20s", "2 in force")
	if n := len(list(v.InForce()["sensors"])); n != 2 {
		t.Errorf("%d sensors", n)
	}
	// The center did not know of it.
	if desire(t, v, 3, 2, body("30s", "a-1")) || desire(t, v, 4, 2, body("30s", "a-1")) {
		t.Error("applied over a change that its author did not know")
	}
	is(t, v, 3, "20s", "4 conflict")
	if desire(t, v, 5, 3, body("0s")) {
		t.Error("applied what is wrong")
	}
	is(t, v, 3, "20s", "5 failed")
	if d := v.Report().Desired.Detail; !strings.Contains(d, "0s is outside") {
		t.Error(d)
	}
	// A number that the center has used is not used again.
	if !takeFile(t, v, body("15s", "a-1", "a-2")) {
		t.Error("not taken")
	}
	is(t, v, 6, "15s", "5 failed")
	if _, err := v.TakeFile(body("0s"), "sari", "typo"); err == nil {
		t.Error("a wrong file was taken")
	}
	is(t, v, 6, "15s", "5 failed")
	var origins []string
	for _, c := range v.Report().Changes {
		origins = append(origins, fmt.Sprintf("%d%s%d", c.Version, c.Origin[:1], c.Based))
	}
	if got := strings.Join(origins, " "); got != "1n0 2c1 3n2" {
		t.Error(got)
	}
}

func TestWithoutSensorsANodeTakesAnyVersion(t *testing.T) {
	v := openOn(t, newMemory())
	takeFile(t, v, body("10s"))
	is(t, v, 0, "10s", "none")
	if !desire(t, v, 7, 6, body("20s", "a-1")) {
		t.Error("not applied")
	}
	is(t, v, 7, "20s", "7 in force")
}

func TestACenterThatIsLostBringsTheVersionBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newMemory()
		v := openOn(t, d)
		takeFile(t, v, body("10s", "a-1"))
		desire(t, v, 2, 1, body("20s", "a-1"))
		if _, err := v.Start(); err != nil || !v.Report().Trial {
			t.Fatal(err)
		}
		look := func(want bool) {
			t.Helper()
			if gaveBack, _, err := v.Look(); err != nil || gaveBack != want {
				t.Fatalf("given back %v, %v", gaveBack, err)
			}
		}
		time.Sleep(9 * time.Minute)
		v.Heard()
		time.Sleep(9*time.Minute + 59*time.Second)
		look(false)
		time.Sleep(time.Second)
		look(true)
		is(t, v, 1, "10s", "2 failed")
		if v.Report().Trial {
			t.Error("still on trial")
		}
		// It is not tried again, also not after a restart; a newer one is.
		v = openOn(t, d)
		if desire(t, v, 2, 1, body("20s", "a-1")) {
			t.Error("tried again")
		}
		if !desire(t, v, 3, 1, body("30s", "a-1")) {
			t.Error("a newer one is not tried")
		}
		if _, err := v.Start(); err != nil {
			t.Fatal(err)
		}
		for range 61 { // the center says something every 10 s
			time.Sleep(10 * time.Second)
			v.Heard()
			look(false)
		}
		if v.Report().Trial {
			t.Error("not proven after 10 minutes")
		}
		time.Sleep(24 * time.Hour)
		look(false)
		is(t, v, 3, "30s", "3 in force")
	})
}

func TestAVersionWithWhichTheAgentDiesComesBack(t *testing.T) {
	d := newMemory()
	v := openOn(t, d)
	takeFile(t, v, body("10s", "a-1"))
	desire(t, v, 2, 1, body("20s", "a-1"))
	desire(t, v, 3, 2, body("30s", "a-1")) // on top of one that is not proven
	for range maxStarts {
		v = openOn(t, d)
		if gaveBack, err := v.Start(); gaveBack || err != nil {
			t.Fatal(gaveBack, err)
		}
	}
	v = openOn(t, d)
	if gaveBack, err := v.Start(); !gaveBack || err != nil {
		t.Fatal(gaveBack, err)
	}
	is(t, v, 1, "10s", "3 failed")
	if gaveBack, err := v.Start(); gaveBack || err != nil {
		t.Error(gaveBack, err)
	}
	desire(t, v, 4, 1, body("40s", "a-1"))
	if gaveBack, err := v.GiveBack("it does not start"); !gaveBack || err != nil {
		t.Error(gaveBack, err)
	}
	is(t, v, 1, "10s", "4 failed")
	if gaveBack, err := v.GiveBack("again"); gaveBack || err != nil {
		t.Error(gaveBack, err)
	}
}

func TestWhatWasChangedHereWithinATrialStaysWhenItIsGivenBack(t *testing.T) {
	v := openOn(t, newMemory())
	takeFile(t, v, body("10s", "a-1"))
	desire(t, v, 2, 1, body("20s", "a-1"))
	takeFile(t, v, body("10s", "a-1", "a-2"))
	is(t, v, 3, "20s", "2 in force")
	if _, err := v.GiveBack("lost"); err != nil {
		t.Fatal(err)
	}
	is(t, v, 4, "10s", "2 failed")
	if n := len(list(v.InForce()["sensors"])); n != 2 {
		t.Errorf("%d sensors", n)
	}
}

func TestAPowerCutAtEachStep(t *testing.T) {
	for _, renamed := range []bool{false, true} {
		for cut := 0; ; cut++ {
			d := newMemory()
			v := openOn(t, d)
			takeFile(t, v, body("10s", "a-1"))
			d.cut = cut
			applied, err := v.Desire(wire.DesiredConfig{Version: 2, Based: 1, Body: body("20s", "a-1")}, nil)
			whole := err == nil
			if applied != whole {
				t.Fatalf("step %d: applied %v, %v", cut, applied, err)
			}
			after := openOn(t, d.restart(renamed))
			switch r := after.Report(); {
			case r.Version == 1 && after.InForce()["pack_interval"] == "10s" && r.Desired == nil && !r.Trial:
				if whole {
					t.Fatalf("step %d: it was applied, and is not any more", cut)
				}
				// The broker retains it: the node gets it again.
				if !desire(t, after, 2, 1, body("20s", "a-1")) {
					t.Fatalf("step %d: not applied after the cut", cut)
				}
			case r.Version == 2 && after.InForce()["pack_interval"] == "20s" && r.Desired.Version == 2 && r.Trial:
			default:
				t.Fatalf("step %d: %+v", cut, r)
			}
			if whole {
				break
			}
			if cut > 20 {
				t.Fatal("endless")
			}
		}
	}
}

func TestACorrectionIsAVersion(t *testing.T) {
	v := openOn(t, newMemory())
	takeFile(t, v, body("10s", "a-1"))
	entry := func(version int) calibration.Entry {
		return calibration.Entry{Event: calibration.SetEvent, Correction: calibration.Correction{
			Sensor: "a-1", Version: version, Author: "sari", Reason: "tape", Date: time.Unix(int64(1790000000+version), 0),
		}}
	}
	take := func(want bool, entries ...calibration.Entry) {
		t.Helper()
		if changed, err := v.TakeCorrections(entries); err != nil || changed != want {
			t.Fatalf("changed %v, %v", changed, err)
		}
	}
	take(true, entry(1)) // which was there before anybody counted
	is(t, v, 1, "10s", "none")
	take(false, entry(1))
	take(true, entry(3), entry(1), entry(2))
	is(t, v, 3, "10s", "none")
	r := v.Report()
	if r.Author != "sari" || r.Reason != "a-1, set: tape" || r.TimeMS != 1790000003000 || r.Origin != wire.FromNode {
		t.Errorf("%+v", r.ConfigChange)
	}
	if desire(t, v, 2, 1, body("20s", "a-1")) {
		t.Error("applied over a calibration that its author did not know")
	}
}

func TestADamagedLedgerIsPutAside(t *testing.T) {
	d := newMemory()
	v := openOn(t, d)
	takeFile(t, v, body("10s", "a-1"))
	b := d.names[ledgerFile].is
	b[strings.Index(string(b), "10s")] = '7'
	v = openOn(t, d)
	if !takeFile(t, v, body("10s", "a-1")) || d.names[ledgerFile+".damaged"] == nil {
		t.Error("the file does not count")
	}
	is(t, v, 1, "10s", "none")
}

func FuzzParseLedger(f *testing.F) {
	d := newMemory()
	v, err := OpenVersions(d, wants, func() int64 { return 0 }, slog.New(slog.DiscardHandler))
	if err != nil {
		f.Fatal(err)
	}
	if _, err := v.TakeFile(body("10s", "a-1"), "a", "r"); err != nil {
		f.Fatal(err)
	}
	f.Add(d.names[ledgerFile].is)
	f.Add([]byte(`{"format":1,"crc32c":0,"content":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := parseLedger(b); err == nil && l == nil {
			t.Error("neither a ledger nor an error")
		}
	})
}
