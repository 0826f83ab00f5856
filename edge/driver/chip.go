package driver

import (
	"context"
	"io"
	"io/fs"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/internal/reading"
)

// Board opens what sensors are wired to. bus.Host is the machine's own; a
// simulated machine has its own. Its methods may be called concurrently.
type Board interface {
	// I2C returns a handle of its own on each call, which the caller closes.
	I2C(name string) (i2c.BusCloser, error)
	// Serial opens a port with 8 data bits and 1 stop bit, at a rate in baud. Its
	// Read returns 0 and no error after a short silence, and an error when the port
	// is gone.
	Serial(path string, baud int, parity uart.Parity) (io.ReadWriteCloser, error)
	// Pin returns a GPIO line, the same one each time. It is not configured yet.
	Pin(name string) (gpio.PinIn, error)
	// Output returns a GPIO line to drive, the same one each time.
	Output(name string) (gpio.PinOut, error)
	// Files are the machine's, from its root: paths have no leading slash.
	Files() fs.FS
	// Command asks a program of the machine and returns what it printed. A program
	// that is not there is an exec.ErrNotFound.
	Command(ctx context.Context, name string, args ...string) ([]byte, error)
}

// Sensor is an open sensor. Its methods may be called concurrently.
type Sensor interface {
	// Sense returns what was measured since the last call, or waits for it. Values
	// beside an error are good: the error tells of the others. The slice is the
	// caller's.
	Sense(ctx context.Context) ([]Value, error)
	// Close stops the driver's goroutines, waits for them, and closes what was
	// opened for the sensor. A Sense that waits returns ErrClosed.
	Close() error
}

// Sleeper is a Sensor that can be put to sleep, which spares a laser and a fan that
// wear. Both methods may be called at any time, and again.
type Sleeper interface {
	// Sleep puts it to sleep. From then on Sense returns ErrAsleep at once.
	Sleep(ctx context.Context) error
	// Wake ends that. The sensor warms up as after any other start.
	Wake(ctx context.Context) error
}

// Options is one chip's part of a sensor's configuration: a pointer to a struct
// whose mapstructure tags are the keys.
type Options interface {
	// Validate returns every mistake, each beginning with its key and ending with
	// what to do.
	Validate() error
	// Quantities come at every interval, so that they can be expected. The caller
	// owns the slice. It wants valid options.
	Quantities() []reading.Quantity
	// Open opens the sensor. now is the node's clock, which never goes back and by
	// which values grow old. It wants valid options.
	Open(b Board, now func() time.Duration) (Sensor, error)
}

// Chip is a kind of sensor: one line in the list of those that are supported.
type Chip struct {
	// Name is how configurations call it, Model what is printed on it.
	Name, Model string
	// Shared is that several sensors may read one such device: they share its port
	// or converter. Of other chips each has wires of its own.
	Shared bool
	// Options returns fresh options that hold the defaults; a configuration is
	// decoded exactly over them.
	Options func() Options
	// I2C and UART are how a scan recognises it; nil where it cannot.
	I2C  *I2CProbe
	UART *UARTProbe
}

// I2CProbe recognises a chip on an I2C bus.
type I2CProbe struct {
	// Addresses are those that the chip can have, the usual one first.
	Addresses []uint16
	// Identify returns nil where the chip answers at the address, with what else it
	// says of itself, such as a serial number. It changes nothing on any chip. Else
	// the error is ErrNoAnswer or ErrWrongDevice.
	Identify func(bus i2c.Bus, addr uint16) (detail string, err error)
	// Weak is true where the chip has no identity and is known by its registers'
	// usual contents: another one may look the same.
	Weak bool
}

// UARTProbe recognises a sensor on a serial port.
type UARTProbe struct {
	Baud   int
	Parity uart.Parity
	// Ask is written to a sensor that says nothing by itself. It changes nothing in
	// any sensor; nil means that this one talks by itself.
	Ask []byte
	// Recognise reports whether a valid frame of this sensor is in what was heard.
	Recognise func(heard []byte) bool
	// Answer reports it of what came after Ask, where less is enough there; nil is
	// Recognise.
	Answer func(heard []byte) bool
}
