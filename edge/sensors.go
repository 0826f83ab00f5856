package edge

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/bme280"
	"github.com/siaga-id/siaga/edge/driver/breakbeam"
	"github.com/siaga-id/siaga/edge/driver/pms5003"
	"github.com/siaga-id/siaga/internal/reading"
)

// Opener opens the buses that sensors are wired to. bus.Host is the machine's;
// a simulated machine has its own.
type Opener interface {
	I2C(name string) (i2c.BusCloser, error)
	// Serial opens a port at 8N1. Its Read returns 0 and no error after a short
	// silence.
	Serial(path string, baud int) (io.ReadWriteCloser, error)
	Pin(name string) (gpio.PinIn, error)
}

// chip is one supported sensor: what its configuration must say, what it
// measures, and how it is opened.
type chip struct {
	// quantities come at every interval, so that they can be expected. A beam's
	// headway and speeds come only where something passed.
	quantities []reading.Quantity
	check      func(SensorConfig) error
	open       func(SensorConfig, Opener, Clock) (sensor, error)
}

// drivers lists every supported chip by the name that configurations use.
var drivers = map[string]chip{
	"pms5003":   {[]reading.Quantity{reading.PM1, reading.PM2_5, reading.PM10}, wantsPort, openPMS5003},
	"bme280":    {[]reading.Quantity{reading.Temperature, reading.Humidity, reading.Pressure}, wantsI2C, openBME280},
	"a02yyuw":   {[]reading.Quantity{reading.Level, reading.Distance}, wantsDatum, openA02YYUW},
	"breakbeam": {[]reading.Quantity{reading.Count, reading.Flow, reading.Occupancy}, wantsPin, openBreakBeam},
}

func driverNames() string {
	return strings.Join(slices.Sorted(maps.Keys(drivers)), ", ")
}

// quantityNames returns what the sensor gives at every interval, by name.
func quantityNames(c SensorConfig) []string {
	var names []string
	for _, q := range drivers[c.Driver].quantities {
		names = append(names, q.String())
	}
	return names
}

func wantsPort(c SensorConfig) error {
	if c.Port == "" {
		return errors.New("port: empty: name the serial port, such as /dev/serial0")
	}
	return nil
}

func wantsI2C(c SensorConfig) error {
	if c.I2C == "" {
		return errors.New(`i2c: empty: name the bus, such as "1"`)
	}
	if c.Address != 0 && c.Address != bmeAddress && c.Address != bmeAddress+1 {
		return fmt.Errorf("address: %#x: a BME280 has 0x76 or 0x77", c.Address)
	}
	return nil
}

func wantsDatum(c SensorConfig) error {
	if c.DatumM == nil {
		return errors.New("datum_m: missing: measure how many metres the sensor hangs above gauge zero")
	}
	return wantsPort(c)
}

func wantsPin(c SensorConfig) error {
	if c.Pin == "" {
		return errors.New("pin: empty: name the GPIO line, such as GPIO17")
	}
	if c.VehicleLengthM < 0 || c.DetectorLengthM < 0 {
		return errors.New("vehicle_length_m, detector_length_m: negative")
	}
	return nil
}

// uartBaud is the rate of both serial chips (PMS5003 manual, "Communication";
// A02YYUW wiki page, "UART mode").
const uartBaud = 9600

func openPMS5003(c SensorConfig, o Opener, clock Clock) (sensor, error) {
	port, err := o.Serial(c.Port, uartBaud)
	if err != nil {
		return nil, err
	}
	opts := pms5003.DefaultOpts
	opts.Now = clock.Boot
	if c.WarmUp != nil {
		opts.WarmUp = *c.WarmUp
	}
	return opened(pms5003.New(port, opts))(port)
}

func openA02YYUW(c SensorConfig, o Opener, clock Clock) (sensor, error) {
	port, err := o.Serial(c.Port, uartBaud)
	if err != nil {
		return nil, err
	}
	return opened(a02yyuw.New(port, a02yyuw.Opts{DatumM: *c.DatumM, Now: clock.Boot}))(port)
}

// bmeAddress is a BME280's with its pin SDO low (BST-BME280-DS002 §6.2), as most
// boards have it.
const bmeAddress = 0x76

func openBME280(c SensorConfig, o Opener, _ Clock) (sensor, error) {
	bus, err := o.I2C(c.I2C)
	if err != nil {
		return nil, err
	}
	address := c.Address
	if address == 0 {
		address = bmeAddress
	}
	dev, err := opened(bme280.New(bus, address))(bus)
	if err != nil {
		return nil, err
	}
	return withBus{dev, bus}, nil
}

// withBus closes the bus handle with the chip on it.
type withBus struct {
	sensor
	bus io.Closer
}

func (w withBus) Close() error { return errors.Join(w.sensor.Close(), w.bus.Close()) }

func openBreakBeam(c SensorConfig, o Opener, clock Clock) (sensor, error) {
	pin, err := o.Pin(c.Pin)
	if err != nil {
		return nil, err
	}
	opts := breakbeam.DefaultOpts
	opts.VehicleLengthM, opts.DetectorLengthM, opts.Now = c.VehicleLengthM, c.DetectorLengthM, clock.Boot
	if c.ActiveHigh {
		opts.Blocked, opts.Pull = gpio.High, gpio.PullDown
	}
	return opened(breakbeam.New(pin, opts))(nopCloser{})
}

type nopCloser struct{}

func (nopCloser) Close() error { return nil }

// opened returns a driver, or closes what it was to stand on when it could not
// be made: a port left open would look busy to the next try.
func opened[D sensor](dev D, err error) func(under io.Closer) (sensor, error) {
	return func(under io.Closer) (sensor, error) {
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open sensor: %w", err), under.Close())
		}
		return dev, nil
	}
}
