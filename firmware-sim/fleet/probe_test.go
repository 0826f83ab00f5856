package fleet

import (
	"io"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/chips"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// TestEveryProbeKnowsItsChip lets each driver's probe look at the simulated twin
// of its chip, as a scan does.
func TestEveryProbeKnowsItsChip(t *testing.T) {
	for _, c := range chips.All() {
		if c.I2C == nil && c.UART == nil {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b, err := newBoard(newRealClock(), schedule{}, Options{Chips: []string{c.Name}, Dir: t.TempDir()}, nil, world.VillageAt(0))
				if err != nil {
					t.Fatal(err)
				}
				wiring := b.sensors[0].Options
				time.Sleep(time.Minute)
				if c.I2C != nil {
					identifies(t, b, c, wiring["i2c"].(string))
				} else {
					recognises(t, b, c, wiring["port"].(string))
				}
			})
		})
	}
}

func identifies(t *testing.T, b *board, c driver.Chip, name string) {
	bus, err := b.machine.I2C(name)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	var said error
	for _, addr := range c.I2C.Addresses {
		if _, said = c.I2C.Identify(bus, addr); said == nil {
			return
		}
	}
	t.Errorf("the probe does not know its own chip: %v", said)
}

func recognises(t *testing.T, b *board, c driver.Chip, path string) {
	port, err := b.machine.Serial(path, c.UART.Baud, c.UART.Parity)
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	if c.UART.Recognise(heard(t, port)) {
		return
	}
	if c.UART.Ask == nil {
		t.Fatal("the probe does not know its own chip")
	}
	if _, err := port.Write(c.UART.Ask); err != nil {
		t.Fatal(err)
	}
	answer := c.UART.Answer
	if answer == nil {
		answer = c.UART.Recognise
	}
	if !answer(heard(t, port)) {
		t.Error("the probe does not know its own chip when it has asked")
	}
}

// heard is what comes within the time that a scan listens.
func heard(t *testing.T, port io.Reader) (all []byte) {
	chunk := make([]byte, 256)
	for end := time.Now().Add(2500 * time.Millisecond); time.Now().Before(end); {
		n, err := port.Read(chunk)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, chunk[:n]...)
	}
	return all
}
