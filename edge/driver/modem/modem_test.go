package modem

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// answer is what mmcli 1.20 prints; its values are filled in.
const answer = `{"modem":{"signal":{"5g":{"error-rate":"--","rsrp":"%s","rsrq":"-14.00","snr":"--"},` +
	`"cdma1x":{"ecio":"--","error-rate":"--","rssi":"-69.00"},"evdo":{"ecio":"--","error-rate":"--","io":"--","rssi":"--","sinr":"--"},` +
	`"gsm":{"error-rate":"--","rssi":"%s"},"lte":{"error-rate":"--","rsrp":"%s","rsrq":"--","rssi":"%s","snr":"2.00"},` +
	`"refresh":{"rate":"%s"},"threshold":{"error-rate":"no","rssi":"0"},"umts":{"ecio":"--","error-rate":"--","rscp":"%s","rssi":"%s"}}}}`

func says(g5, gsm, lte, lteRSSI, rate, umts, umtsRSSI string) string {
	return fmt.Sprintf(answer, g5, gsm, lte, lteRSSI, rate, umts, umtsRSSI)
}

var golden = says("--", "-69.0", "-104.00", "--", "10", "--", "--")

// machine is one whose mmcli prints out or fails.
type machine struct {
	driver.Board
	out   string
	err   error
	asked []string
}

func (m *machine) Command(_ context.Context, name string, args ...string) ([]byte, error) {
	m.asked = append(m.asked, name+" "+strings.Join(args, " "))
	return []byte(m.out), m.err
}

func signal(dBm float64) []driver.Value {
	return []driver.Value{driver.Measured(reading.Signal, dBm)}
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(*testing.T) drivertest.Rig {
		m := &machine{err: errors.New("exit status 1: error: couldn't find modem")}
		return drivertest.Rig{
			Dev:        New(m.Command, Opts{}),
			Good:       func() { m.out, m.err = golden, nil },
			Want:       signal(-104),
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { m.out, m.err = "\xff", nil },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { m.out, m.err = golden[:200], nil },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		out  string
		want []driver.Value
		err  error
	}{
		"LTE":                {golden, signal(-104), nil},
		"5G before LTE":      {says("-95.00", "--", "-104.00", "--", "30", "--", "--"), signal(-95), nil},
		"UMTS":               {says("--", "-69.00", "--", "--", "30", "-87.00", "-70.00"), signal(-87), nil},
		"LTE by RSSI":        {says("--", "-69.00", "--", "-71.00", "30", "--", "-70.00"), signal(-71), nil},
		"GSM, with a comma":  {says("--", "-67,00", "--", "--", "300", "--", "--"), signal(-67), nil},
		"an old mmcli":       {`{"modem":{"signal":{"lte":{"rsrp":"-82"},"refresh":{"rate":"30"}}}}`, signal(-82), nil},
		"no network":         {says("--", "--", "--", "--", "30", "--", "--"), nil, driver.ErrNoAnswer},
		"a word":             {says("--", "--", "weak", "--", "30", "--", "--"), nil, driver.ErrChecksum},
		"NaN":                {says("--", "--", "NaN", "--", "30", "--", "--"), nil, driver.ErrChecksum},
		"another answer":     {`{"modem":{"generic":{}}}`, nil, driver.ErrChecksum},
		"it does not answer": {"", nil, driver.ErrChecksum},
	} {
		m := &machine{out: tc.out}
		got, err := New(m.Command, Opts{}).Sense(t.Context())
		if !errors.Is(err, tc.err) {
			t.Errorf("%s: error %v, want %v", name, err, tc.err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{"mmcli -m any -J --signal-get"}, m.asked); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestModemIsToldToMeasure(t *testing.T) {
	m := &machine{out: says("--", "--", "--", "--", "0", "--", "--")}
	d := New(m.Command, Opts{Modem: "1"})
	if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrWarmingUp) || v != nil {
		t.Errorf("%v, %v", v, err)
	}
	if diff := cmp.Diff([]string{"mmcli -m 1 -J --signal-get", "mmcli -m 1 --signal-setup=30"}, m.asked); diff != "" {
		t.Error(diff)
	}
}

func TestMissingProgramSaysWhatToDo(t *testing.T) {
	m := &machine{err: &exec.Error{Name: "mmcli", Err: exec.ErrNotFound}}
	_, err := New(m.Command, Opts{}).Sense(t.Context())
	if !errors.Is(err, driver.ErrNoAnswer) || !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "apt install modemmanager") {
		t.Errorf("%v", err)
	}
}

func TestChip(t *testing.T) {
	o := Chip.Options()
	if err := o.Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	if err := config.Decode(map[string]any{"modem": "2"}, o); err != nil {
		t.Fatal(err)
	}
	m := &machine{out: golden}
	d, err := o.Open(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.Sense(t.Context()); err != nil || got[0].Quantity != o.Quantities()[0] || m.asked[0] != "mmcli -m 2 -J --signal-get" {
		t.Errorf("%v, %v, asked %q", got, err, m.asked)
	}
	if err := (&options{Modem: "--help"}).Validate(); err == nil || !strings.HasPrefix(err.Error(), "modem: ") {
		t.Errorf("accepted an option of mmcli: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(`{"modem":{"signal":{"gsm":{"rssi":"-67,00"},"refresh":{"rate":"300"}}}}`))
	f.Add([]byte(`{"modem":{"signal":{}}}`))
	f.Fuzz(func(t *testing.T, out []byte) {
		dBm, known, _, err := parse(out)
		if math.IsNaN(dBm) || math.IsInf(dBm, 0) || known && err != nil {
			t.Fatalf("%v, %v, %v", dBm, known, err)
		}
	})
}
