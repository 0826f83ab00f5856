package edge

import (
	"errors"
	"io"
	"slices"
	"testing"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

var errNoBoard = errors.New("no such device")

// bareBoard is a machine that has nothing, and notes what was asked for.
type bareBoard struct{ asked []string }

func (b *bareBoard) I2C(name string) (i2c.BusCloser, error) {
	b.asked = append(b.asked, "i2c "+name)
	return nil, errNoBoard
}

func (b *bareBoard) Serial(path string, baud int) (io.ReadWriteCloser, error) {
	if baud != 9600 {
		return nil, errors.New("wrong speed")
	}
	b.asked = append(b.asked, "serial "+path)
	return nil, errNoBoard
}

func (b *bareBoard) Pin(name string) (gpio.PinIn, error) {
	b.asked = append(b.asked, "pin "+name)
	return nil, errNoBoard
}

func TestEveryDriverOpensWhatItsConfigurationNames(t *testing.T) {
	datum := 5.0
	for _, tc := range []struct {
		cfg  SensorConfig
		want string
	}{
		{SensorConfig{Driver: "pms5003", Port: "/dev/a"}, "serial /dev/a"},
		{SensorConfig{Driver: "a02yyuw", Port: "/dev/b", DatumM: &datum}, "serial /dev/b"},
		{SensorConfig{Driver: "bme280", I2C: "1"}, "i2c 1"},
		{SensorConfig{Driver: "breakbeam", Pin: "GPIO17"}, "pin GPIO17"},
	} {
		if err := drivers[tc.cfg.Driver].check(tc.cfg); err != nil {
			t.Errorf("%s: %v", tc.cfg.Driver, err)
		}
		b := &bareBoard{}
		_, err := drivers[tc.cfg.Driver].open(tc.cfg, b, newTestClock("b1", wire.Synced))
		if !errors.Is(err, errNoBoard) || !slices.Equal(b.asked, []string{tc.want}) {
			t.Errorf("%s: error %v after %v, want %v after %s", tc.cfg.Driver, err, b.asked, errNoBoard, tc.want)
		}
	}
}

func TestEveryDriverNamesQuantitiesThatThereAre(t *testing.T) {
	for name, c := range drivers {
		if len(c.quantities) == 0 {
			t.Errorf("%s measures nothing", name)
		}
		for _, q := range quantityNames(SensorConfig{Driver: name, VehicleLengthM: 1}) {
			if _, ok := reading.Lookup(q); !ok {
				t.Errorf("%s measures %q, which is no quantity", name, q)
			}
		}
	}
}

// TestABeamPromisesOnlyWhatComesEveryTime: where nothing passes there is no
// speed, and what was promised and does not come would count as a gap.
func TestABeamPromisesOnlyWhatComesEveryTime(t *testing.T) {
	got := quantityNames(SensorConfig{Driver: "breakbeam", VehicleLengthM: 2.6})
	if want := []string{"count", "flow", "occupancy"}; !slices.Equal(got, want) {
		t.Errorf("promises %v, want %v", got, want)
	}
}

type closeNote struct{ closed int }

func (c *closeNote) Close() error { c.closed++; return nil }

func TestWhatADriverCannotUseIsClosed(t *testing.T) {
	under := &closeNote{}
	dev, err := opened[*fakeSensor](nil, errors.New("wrong device"))(under)
	if dev != nil || err == nil || under.closed != 1 {
		t.Errorf("%v, %v, closed %d times", dev, err, under.closed)
	}
	if dev, err := opened(&fakeSensor{}, nil)(under); dev == nil || err != nil || under.closed != 1 {
		t.Errorf("%v, %v, closed %d times", dev, err, under.closed)
	}
}
