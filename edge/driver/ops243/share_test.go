package ops243

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// board has one port, which can be open once.
type board struct {
	driver.Board
	port *drivertest.Port
	open bool
}

func (b *board) Serial(_ string, baud int, _ uart.Parity) (io.ReadWriteCloser, error) {
	if b.open || baud != Baud {
		return nil, errors.New("busy")
	}
	b.open, b.port = true, drivertest.NewPort()
	return onBoard{b.port, b}, nil
}

type onBoard struct {
	*drivertest.Port
	board *board
}

func (p onBoard) Close() error {
	p.board.open = false
	return p.Port.Close()
}

func configured(t *testing.T, b driver.Board, keys map[string]any) (driver.Sensor, error) {
	t.Helper()
	o := Chip.Options()
	if err := config.Decode(keys, o); err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	return o.Open(b, nil)
}

func TestTwoDirectionsShareAPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{}
		in, err := configured(t, b, map[string]any{"port": "/dev/ttyACM0", "direction": "inbound"})
		if err != nil {
			t.Fatal(err)
		}
		out, err := configured(t, b, map[string]any{"port": "/dev/ttyACM0", "direction": "outbound"})
		if err != nil {
			t.Fatal(err)
		}
		say(b.port, answer)
		want(t, in.(*Dev), nil)
		want(t, out.(*Dev), nil)
		pass(b.port, "inbound", 40)
		pass(b.port, "outbound", 60)
		time.Sleep(8 * s)
		want(t, in.(*Dev), values(reading.Count, 1., reading.Flow, 360., reading.Speed, 40., reading.SpeedP85, 40.))
		want(t, out.(*Dev), values(reading.Count, 1., reading.Flow, 360., reading.Speed, 60., reading.SpeedP85, 60.))

		if _, err := configured(t, b, map[string]any{"port": "/dev/ttyACM0", "units": "mph"}); !errors.Is(err, errUnits) {
			t.Errorf("another unit: %v", err)
		}
		other := &board{}
		if d, err := configured(t, other, map[string]any{"port": "/dev/ttyACM0"}); err != nil {
			t.Errorf("another machine: %v", err)
		} else if d.Close() != nil || other.open {
			t.Error("another machine's port stays open")
		}

		for range 2 {
			if err := in.Close(); err != nil {
				t.Error(err)
			}
		}
		if !b.open {
			t.Fatal("the first Close closed the other's port")
		}
		if _, err := in.Sense(t.Context()); !errors.Is(err, driver.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		pass(b.port, "outbound", 60)
		want(t, out.(*Dev), values(reading.Count, 1., reading.Flow, 3600., reading.Headway, 9.))
		if err := out.Close(); err != nil || b.open {
			t.Errorf("the last Close: %v, open %v", err, b.open)
		}
	})
}

func TestUnpluggedPortIsOpenedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{}
		keys := map[string]any{"port": "/dev/ttyACM0"}
		first, err := configured(t, b, keys)
		if err != nil {
			t.Fatal(err)
		}
		b.port.Unplug(io.ErrUnexpectedEOF)
		synctest.Wait()
		second, err := configured(t, b, keys)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := first.Sense(t.Context()); !errors.Is(err, driver.ErrUnplugged) {
			t.Errorf("on the old handle: %v", err)
		}
		if err := first.Close(); err != nil || !b.open {
			t.Errorf("close the old one: %v", err)
		}
		say(b.port, answer)
		want(t, second.(*Dev), nil)
		if err := second.Close(); err != nil || b.open {
			t.Errorf("close the new one: %v", err)
		}
	})
}

func TestCloseOfOneWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{}
		keys := map[string]any{"port": "/dev/ttyACM0"}
		d, err := configured(t, b, keys)
		if err != nil {
			t.Fatal(err)
		}
		other, err := configured(t, b, keys)
		if err != nil {
			t.Fatal(err)
		}
		sensed := make(chan error, 1)
		go func() {
			_, err := d.Sense(t.Context())
			sensed <- err
		}()
		synctest.Wait()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := <-sensed; !errors.Is(err, driver.ErrClosed) {
			t.Error(err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestOptionsNameTheirKeys(t *testing.T) {
	err := (&options{Direction: "up", MinSpeedKMH: -1, Units: "knots"}).Validate()
	for _, key := range []string{"port", "direction", "join", "min_speed_kmh", "units"} {
		if !strings.Contains("\n"+err.Error(), "\n"+key+": ") {
			t.Errorf("%s is not in: %v", key, err)
		}
	}
}

func TestRecognise(t *testing.T) {
	for heard, want := range map[string]bool{
		answer: true,
		"\"}\r\n{\"speed\":\"1.2\",\"direction\":\"inbound\"}\r\n": true,
		"12.3\r\n":                false, // many devices print numbers
		"{\"Product\":\"X\"}\r\n": false,
		"":                        false,
	} {
		if got := Chip.UART.Recognise([]byte(heard)); got != want {
			t.Errorf("%q: %v", heard, got)
		}
	}
}
