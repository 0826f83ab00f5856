package jsnsr04t

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// datum is that of the tests' sensor: 6.25 m.
var datum = func() a02yyuw.Datum { m := 6.25; return a02yyuw.Datum{DatumM: &m} }()

// at is what a sensor at datum gives for a distance.
func at(mm, level float64) []driver.Value {
	return []driver.Value{
		{Quantity: reading.Level, Value: level, Quality: reading.NotEvaluated},
		{Quantity: reading.Distance, Value: mm, Quality: reading.NotEvaluated},
	}
}

// frame makes a frame as a module sends it.
func frame(k Kind, mm uint16) []byte {
	h, l := byte(mm>>8), byte(mm)
	if k == AJSR04M {
		return []byte{0xFF, h, l, h + l}
	}
	return []byte{0xFF, h, l, 0xFF + h + l}
}

// twice is what it takes to get into step.
func twice(b []byte) []byte { return slices.Concat(b, b) }

// golden frames of 1953 mm.
var (
	goldenJSN = []byte{0xFF, 0x07, 0xA1, 0xA7}
	goldenAJ  = []byte{0xFF, 0x07, 0xA1, 0xA8}
)

func TestContract(t *testing.T) {
	for k, golden := range map[Kind][]byte{JSNSR04T: goldenJSN, AJSR04M: goldenAJ} {
		t.Run(k.String(), func(t *testing.T) {
			drivertest.Run(t, func(t *testing.T) drivertest.Rig {
				port := drivertest.NewPort()
				d, err := New(port, Opts{Kind: k, Datum: datum})
				if err != nil {
					t.Fatal(err)
				}
				return drivertest.Rig{
					Dev:        d,
					Good:       func() { port.Send(twice(golden)...) },
					Want:       at(1953, 4.297),
					SilentErr:  driver.ErrNoAnswer,
					Garbage:    func() { port.Send(0x00, 0xFF, 0xFF, 0xFF, 0x12, 0x42, 0xFF) },
					GarbageErr: driver.ErrChecksum,
					Half:       func() { port.Send(0xFF, 0x09) },
					HalfErr:    driver.ErrChecksum,
				}
			})
		})
	}
}

// asked is a module that answers one of the questions.
type asked struct {
	*drivertest.Port
	question byte
	answers  func() []byte
}

func (a *asked) Write(b []byte) (int, error) {
	n, err := a.Port.Write(b)
	if err == nil && bytes.Contains(b, []byte{a.question}) {
		a.Send(a.answers()...)
	}
	return n, err
}

func TestContractOfAModuleThatIsAsked(t *testing.T) {
	for _, tc := range []struct {
		kind     Kind
		question byte
		golden   []byte
	}{{JSNSR04T, 0x55, goldenJSN}, {AJSR04M, 0x55, goldenAJ}, {AJSR04M, 0x01, goldenAJ}} {
		t.Run(tc.kind.String(), func(t *testing.T) {
			drivertest.Run(t, func(t *testing.T) drivertest.Rig {
				var answer []byte
				port := &asked{drivertest.NewPort(), tc.question, func() []byte { return answer }}
				d, err := New(port, Opts{Kind: tc.kind, Ask: true, Datum: datum})
				if err != nil {
					t.Fatal(err)
				}
				return drivertest.Rig{
					Dev:        d,
					Good:       func() { answer = tc.golden },
					Want:       at(1953, 4.297),
					SilentErr:  driver.ErrNoAnswer,
					Garbage:    func() { answer = []byte{0x00, 0xFF, 0x12} },
					GarbageErr: driver.ErrChecksum,
					Half:       func() { answer = tc.golden[:2] },
					HalfErr:    driver.ErrChecksum,
				}
			})
		})
	}
}

// sense runs one Sense of at most a second on a module that says b.
func sense(t *testing.T, k Kind, b []byte) (values []driver.Value, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		d, e := New(port, Opts{Kind: k, Datum: datum})
		if e != nil {
			t.Fatal(e)
		}
		defer d.Close()
		port.Send(b...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		values, err = d.Sense(ctx)
	})
	return values, err
}

func TestWindow(t *testing.T) {
	for _, tc := range []struct {
		kind Kind
		mm   uint16
		want []driver.Value
		err  error
	}{
		{JSNSR04T, 0, nil, driver.ErrEchoLost},
		{JSNSR04T, 250, nil, driver.ErrEchoLost},
		{JSNSR04T, 251, at(251, 5.999), nil},
		{JSNSR04T, 6000, at(6000, 0.25), nil},
		{JSNSR04T, 6001, nil, driver.ErrEchoLost},
		{AJSR04M, 0, nil, driver.ErrEchoLost},
		{AJSR04M, 200, nil, driver.ErrEchoLost},
		{AJSR04M, 201, at(201, 6.049), nil},
		{AJSR04M, 8000, at(8000, -1.75), nil},
		{AJSR04M, 9999, nil, driver.ErrEchoLost},
		{AJSR04M, 0xFFFF, nil, driver.ErrEchoLost},
	} {
		got, err := sense(t, tc.kind, twice(frame(tc.kind, tc.mm)))
		if !errors.Is(err, tc.err) {
			t.Errorf("%v, %d mm: error %v, want %v", tc.kind, tc.mm, err, tc.err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%v, %d mm (-want +got):\n%s", tc.kind, tc.mm, diff)
		}
	}
}

func TestTheOtherChecksumIsToldNotTaken(t *testing.T) {
	for _, tc := range []struct {
		kind   Kind
		sent   []byte
		remedy string
	}{{JSNSR04T, goldenAJ, "aj-sr04m"}, {AJSR04M, goldenJSN, "jsn-sr04t"}} {
		v, err := sense(t, tc.kind, twice(tc.sent))
		if v != nil || !errors.Is(err, driver.ErrWrongDevice) || !strings.Contains(err.Error(), tc.remedy) {
			t.Errorf("%v: %v, %v, want %v that names %s", tc.kind, v, err, driver.ErrWrongDevice, tc.remedy)
		}
	}
}

func TestTheQuestionThatWasAnsweredIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := &asked{drivertest.NewPort(), 0x55, func() []byte { return goldenAJ }}
		d, err := New(port, Opts{Kind: AJSR04M, Ask: true})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for range 3 {
			if _, err := d.Sense(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if want := []byte{0x01, 0x55, 0x01, 0x55, 0x55, 0x55}; !bytes.Equal(port.Written(), want) {
			t.Errorf("wrote % x, want % x", port.Written(), want)
		}
	})
}

func TestAModuleThatTalksIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		d, err := New(port, Opts{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		port.Send(twice(goldenJSN)...)
		if _, err := d.Sense(t.Context()); err != nil || port.Written() != nil {
			t.Errorf("Sense: %v, wrote % x", err, port.Written())
		}
	})
}

func TestUnpluggedWhileAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		d, err := New(port, Opts{Ask: true})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		port.Unplug(errors.New("gone"))
		if _, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrUnplugged) {
			t.Errorf("Sense: %v", err)
		}
	})
}

// TestScan: one frame is enough of a module that was asked. Unasked it may be an
// A02YYUW's.
func TestScan(t *testing.T) {
	for _, tc := range []struct {
		name    string
		b       []byte
		jsn, aj bool // heard
		answers bool
	}{
		{"a JSN-SR04T that talks", append([]byte{0xA1, 0xA7}, twice(goldenJSN)...), true, false, true},
		{"one frame of a JSN-SR04T", goldenJSN, false, false, true},
		{"one frame of an AJ-SR04M", goldenAJ, false, false, true},
		{"noise", []byte{0xFF, 0x12, 0x34, 0x56, 0xFF}, false, false, false},
		{"silence", nil, false, false, false},
	} {
		if got := JSN.UART.Recognise(tc.b); got != tc.jsn {
			t.Errorf("%s: a JSN-SR04T: %v", tc.name, got)
		}
		if got := AJ.UART.Recognise(tc.b); got != tc.aj {
			t.Errorf("%s: an AJ-SR04M: %v", tc.name, got)
		}
		jsn, aj := JSN.UART.Answer(tc.b), AJ.UART.Answer(tc.b)
		if (jsn || aj) != tc.answers || jsn && aj {
			t.Errorf("%s as an answer: a JSN-SR04T %v, an AJ-SR04M %v", tc.name, jsn, aj)
		}
	}
}

func TestOptions(t *testing.T) {
	o := AJ.Options()
	if err := config.Decode(map[string]any{"port": "/dev/serial0", "ask": true}, o); err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil || !slices.Equal(o.Quantities(), []reading.Quantity{reading.Distance}) {
		t.Errorf("Validate: %v; Quantities: %v", err, o.Quantities())
	}
	if err := config.Decode(map[string]any{"kind": 1}, o); err == nil {
		t.Error("the kind can be configured besides the driver's name")
	}
	if err := JSN.Options().Validate(); err == nil || !strings.HasPrefix(err.Error(), "port: ") {
		t.Errorf("without a port: %v", err)
	}
}

func TestNewRefusesAKindThatIsNeither(t *testing.T) {
	if _, err := New(drivertest.NewPort(), Opts{Kind: 2}); err == nil {
		t.Error("accepted it")
	}
}
