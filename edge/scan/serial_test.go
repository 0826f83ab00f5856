package scan

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/pms5003"
	"github.com/siaga-id/siaga/edge/explain"
)

// Golden frames: 5, 8 and 10 µg/m³, and 1953 mm.
var (
	particles = []byte{
		0x42, 0x4D, 0, 0x1C, 0, 5, 0, 8, 0, 10, 0, 5, 0, 8, 0, 10, 3, 0x84, 0, 0xFA, 0, 0x3C, 0, 10, 0, 2, 0, 1, 0x97, 0, 3, 0x3A,
	}
	distance = []byte{0xFF, 0x07, 0xA1, 0xA7}
)

// portOptions are those of a sensor that gives 27.5 °C.
type portOptions struct {
	driver.SerialPort `mapstructure:",squash"`
	quantities
}

// fast is a sensor at another speed that is asked, in frames "<id>".
func fast(name string) driver.Chip {
	c := thermo(name, 0, false)
	c.I2C = nil
	c.UART = &driver.UARTProbe{Baud: 115200, Parity: 'N', Ask: []byte("who?"), Recognise: func(heard []byte) bool {
		return bytes.Contains(heard, []byte("<"+name+">"))
	}}
	return readable(c)
}

// readable lets a chip on a port be read at once: some warm up first.
func readable(c driver.Chip) driver.Chip {
	c.Options = func() driver.Options { return &portOptions{} }
	return c
}

func TestSerial(t *testing.T) {
	chips := []driver.Chip{readable(pms5003.Chip), readable(a02yyuw.Chip), fast("fast")}
	// At another speed a sensor is noise, in which there are frames of four bytes
	// with a check of one byte here and there.
	noise := slices.Concat(bytes.Repeat([]byte{0xF8, 0x00, 0xFF, 0x80}, 10), distance, distance)
	for _, tc := range []struct {
		name   string
		there  *plug
		want   Finding
		opened []int
	}{
		{"one that talks", &plug{baud: 9600, every: 100 * time.Millisecond, says: distance}, Finding{Chip: "a02yyuw", Place: Place{Baud: 9600}, Sure: true}, []int{9600}},
		{"one that talks seldom", &plug{baud: 9600, every: 2300 * time.Millisecond, says: particles}, Finding{Chip: "pms5003", Place: Place{Baud: 9600}, Sure: true}, []int{9600}},
		{"one that must be asked", &plug{baud: 115200, answer: map[string][]byte{"who?": []byte("<fast>")}}, Finding{Chip: "fast", Place: Place{Baud: 115200}, Sure: true}, []int{9600, 115200}},
		{"at another speed it looks like another", &plug{baud: 115200, every: 50 * time.Millisecond, says: []byte("<fast>"), noise: noise}, Finding{Chip: "fast", Place: Place{Baud: 115200}, Sure: true}, []int{9600, 115200}},
		{"nobody", &plug{}, Finding{Problem: explain.NothingHeard}, []int{9600, 115200}},
		{"a stranger", &plug{baud: 4800, every: time.Second, noise: []byte("$GPGGA\r\n")}, Finding{Problem: explain.UnknownTalker}, []int{9600, 115200}},
		{"the console", &plug{err: bus.ErrConsole}, Finding{Problem: explain.Console}, nil},
		{"another program's", &plug{err: bus.ErrBusy}, Finding{Problem: explain.Busy}, nil},
		{"it cannot do any speed", &plug{err: errors.New("invalid speed")}, Finding{Problem: explain.Unknown}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := tc.there
			found := run(t, village{ports: map[string]*plug{"/dev/ttyUSB0": p}}, Options{Chips: chips})
			got := found[1] // the first says that there are no buses
			if got.Port != "/dev/ttyUSB0" || got.Chip != tc.want.Chip || got.Baud != tc.want.Baud || got.Sure != tc.want.Sure || got.Problem != tc.want.Problem {
				t.Errorf("%#v, want %#v", got, tc.want)
			}
			if !slices.Equal(p.opened, tc.opened) {
				t.Errorf("opened at %v, want %v", p.opened, tc.opened)
			}
			if got.Chip != "" && len(got.Values) == 0 {
				t.Error("it was not read")
			}
		})
	}
}

func TestWhatIsHeardIsReadByItsDriver(t *testing.T) {
	p := &plug{baud: 9600, every: 100 * time.Millisecond, says: distance}
	found := run(t, village{ports: map[string]*plug{"/dev/ttyUSB0": p}}, Options{Chips: []driver.Chip{a02yyuw.Chip}})
	got := found[1]
	if got.Problem != "" || len(got.Values) == 0 || got.Values[0].Quantity != "distance" || got.Values[0].Value != 1953 || got.Values[0].Unit != "mm" {
		t.Errorf("%#v", got)
	}
}

// askable can be wired so that it must be asked.
type askable struct {
	portOptions `mapstructure:",squash"`
	Wait        bool `mapstructure:"ask"`
}

// Open fails where the sensor waits for what nobody asks.
func (o *askable) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	if !o.Wait {
		return nil, driver.ErrNoAnswer
	}
	return o.portOptions.Open(b, now)
}

func TestASensorThatMustBeAskedIsConfiguredSo(t *testing.T) {
	c := fast("fast")
	c.Options = func() driver.Options { return &askable{} }
	chatty := append(bytes.Repeat([]byte("about me "), 20), "<fast>"...) // its answer is more than its frame
	p := &plug{baud: 115200, answer: map[string][]byte{"who?": chatty}}
	found := run(t, village{ports: map[string]*plug{"/dev/ttyUSB0": p}}, Options{Chips: []driver.Chip{c}})
	if got := found[1]; got.Chip != "fast" || !got.Ask || len(got.Values) != 1 {
		t.Fatalf("%#v", got)
	}
	s := Suggest(found, []driver.Chip{c}, Configured{})
	if len(s) != 1 || !slices.Contains(s[0].lines(explain.EN), "  ask: true") {
		t.Errorf("%+v", s)
	}
}

func TestTwinsOnAPort(t *testing.T) {
	twin := pms5003.Chip
	twin.Name = "pms7003"
	p := &plug{baud: 9600, every: time.Second, says: particles}
	found := run(t, village{ports: map[string]*plug{"/dev/ttyUSB0": p}}, Options{Chips: []driver.Chip{pms5003.Chip, a02yyuw.Chip, twin}})
	if got := found[1]; got.Chip != "pms5003" || got.Sure || !slices.Equal(got.Also, []string{"pms7003"}) {
		t.Errorf("%+v", got)
	}
	if len(p.asked) != 0 {
		t.Errorf("a sensor that talks was asked: %q", p.asked)
	}
}

func TestHeldPortIsNotOpened(t *testing.T) {
	p := &plug{}
	found := run(t, village{ports: map[string]*plug{"/dev/ttyUSB0": p}}, Options{
		Chips: []driver.Chip{pms5003.Chip}, Held: func(Place) string { return "pm-1" },
	})
	if found[1].Problem != explain.InUse || found[1].Sensor != "pm-1" || p.opened != nil {
		t.Errorf("%+v, opened %v", found[1], p.opened)
	}
}

func TestExplained(t *testing.T) {
	for _, tc := range []struct {
		name string
		said []byte
		want float64
	}{
		{"nothing", nil, 0},
		{"frames alone", slices.Concat(distance, distance, distance, distance), 1},
		{"half a frame before", slices.Concat(distance[2:], distance, distance), 0.8},
		{"half a frame after", slices.Concat(distance, distance, distance[:2]), 0.8},
		{"noise", make([]byte, 100), 0},
		{"frames in noise", slices.Concat(make([]byte, 92), distance, distance), 0.08},
	} {
		if got := explained(a02yyuw.Chip.UART.Recognise, tc.said); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	if got := explained(func([]byte) bool { return true }, distance); got != 0 {
		t.Errorf("a probe that recognises silence: %v", got)
	}
}
