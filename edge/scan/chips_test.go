package scan

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/chips"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/pms5003"
	"github.com/siaga-id/siaga/internal/config"
)

// TestEveryChipCanBeScanned holds the supported chips to what a scan makes of
// their probes.
func TestEveryChipCanBeScanned(t *testing.T) {
	noise := make([]byte, 600)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	for _, c := range chips.All() {
		if c.I2C != nil {
			if len(c.I2C.Addresses) == 0 {
				t.Errorf("%s: no address", c.Name)
			}
			for _, a := range c.I2C.Addresses {
				if a < firstAddress || a > lastAddress {
					t.Errorf("%s: address 0x%02x is not looked at", c.Name, a)
				}
			}
			if _, err := c.I2C.Identify(&wires{}, c.I2C.Addresses[0]); driver.Code(err) != "no_answer" {
				t.Errorf("%s: nobody there is %v", c.Name, err)
			}
		}
		if c.UART != nil {
			for _, heard := range [][]byte{nil, {}, {0}, noise} {
				if part := explained(c.UART.Recognise, heard); part >= convincing {
					t.Errorf("%s is recognised in %d bytes of noise", c.Name, len(heard))
				}
			}
		}
	}
}

// TestEveryChipOnABusIsLeftAlone: a running sensor that is configured without an
// address is known by its usual one.
func TestEveryChipOnABusIsLeftAlone(t *testing.T) {
	for _, chip := range chips.All() {
		if config.Decode(map[string]any{"i2c": "1"}, chip.Options()) != nil {
			continue // on something else
		}
		c, err := Read([]byte("sensors: [{id: x-1, driver: "+chip.Name+", i2c: \"1\"}]"), chips.All(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if chip.I2C == nil || c.At(Place{Bus: "/dev/i2c-1", Address: chip.I2C.Addresses[0]}) != "x-1" {
			t.Errorf("a scan does not know where a %s is", chip.Name)
		}
	}
}

// TestScanOfEveryChipOnAnEmptyBoard makes sure that no chip's question keeps a
// scan for ever.
func TestScanOfEveryChipOnAnEmptyBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		v := village{buses: map[string]*wires{"1": {}}, ports: map[string]*plug{"/dev/ttyUSB0": {}}}
		found, err := Run(t.Context(), v, Options{Chips: chips.All()})
		if err != nil || len(found) != 1 || found[0].Chip != "" {
			t.Errorf("%#v, %v", found, err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestARecordedScanFindsTheSameAgain(t *testing.T) {
	known := []driver.Chip{thermo("bme", 0x60, false, 0x76), readable(pms5003.Chip), a02yyuw.Chip, fast("fast")}
	synctest.Test(t, func(t *testing.T) {
		v := village{
			buses: map[string]*wires{"1": {chips: map[uint16]func(w, r []byte) error{0x76: id(0x60), 0x20: id(3)}}},
			ports: map[string]*plug{
				"/dev/ttyUSB0": {baud: 9600, every: 100 * time.Millisecond, says: distance},
				"/dev/ttyUSB1": {baud: 115200, answer: map[string][]byte{"who?": []byte("<fast>")}},
				"/dev/ttyUSB2": {err: bus.ErrConsole},
			},
		}
		var tape bytes.Buffer
		recorder, err := bus.Record(v, &tape)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Run(t.Context(), recorder, Options{Chips: known})
		if err != nil || recorder.Err() != nil {
			t.Fatal(err, recorder.Err())
		}
		played, err := bus.Replay(&tape)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Run(t.Context(), played, Options{Chips: known})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != 5 {
			t.Errorf("(-recorded +replayed):\n%s", diff)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Error(err)
		}
	})
}
