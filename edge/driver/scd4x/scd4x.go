package scd4x

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/scd4x"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
	"github.com/siaga-id/siaga/internal/reading"
)

// Address is the sensor's only I2C address.
const Address = 0x62

const (
	// every is how often the sensor measures.
	every = 5 * time.Second
	// poll is how often it is asked for a new measurement.
	poll = 250 * time.Millisecond
	// stalled is the time without a measurement after which it does not measure.
	stalled = 2*every + time.Second
	// warmUp is how long after a start 0 ppm only says that there is no CO2 yet.
	warmUp = time.Minute
	// setUpLimit bounds New.
	setUpLimit = 3 * time.Second
	// highest is the most that the sensor puts out, in ppm.
	highest = 40000
	// maxOffset and maxAltitude are the most that the settings can be (datasheet
	// §3.7), in °C and m; pressure is from minPressure to maxPressure, in hPa.
	maxOffset   = 20
	maxAltitude = 3000
	minPressure = 700
	maxPressure = 1200
)

// Variant is which sensor of the family it is, as the sensor itself says it.
type Variant uint8

// The sensors of the family that this package drives.
const (
	SCD40 Variant = 0
	SCD41 Variant = 1
)

// String returns what is printed on the sensor.
func (v Variant) String() string {
	switch v {
	case SCD40:
		return "SCD40"
	case SCD41:
		return "SCD41"
	}
	return fmt.Sprintf("SCD4x of variant %d", uint8(v))
}

// accurate returns the range for which accuracy is stated, in ppm.
func (v Variant) accurate() (low, high float64) {
	if v == SCD41 {
		return 400, 5000
	}
	return 400, 2000
}

// Opts is what can be set. What is nil stays as the sensor has it.
type Opts struct {
	Variant Variant
	// SelfCalibrate is to take the lowest CO2 of a week for fresh air's.
	SelfCalibrate bool
	// TemperatureOffset (°C, 0 to 20) is what the sensor takes off for the heat
	// around it. It changes humidity too, but not CO2.
	TemperatureOffset *float64
	// Altitude (m above the sea, 0 to 3000) or Pressure (hPa, 700 to 1200, which
	// counts where both are set) is that of the station: CO2 depends on it.
	Altitude, Pressure *int
}

func (o Opts) validate() error {
	if t := o.TemperatureOffset; t != nil && !(*t >= 0 && *t <= maxOffset) {
		return fmt.Errorf("temperature offset %v °C is outside 0 to %d", *t, maxOffset)
	}
	if a := o.Altitude; a != nil && (*a < 0 || *a > maxAltitude) {
		return fmt.Errorf("altitude %d m is outside 0 to %d", *a, maxAltitude)
	}
	if p := o.Pressure; p != nil && (*p < minPressure || *p > maxPressure) {
		return fmt.Errorf("pressure %d hPa is outside %d to %d", *p, minPressure, maxPressure)
	}
	return nil
}

// Dev is an SCD40 or SCD41 on an I2C bus. Its methods may be called
// concurrently; one Sense runs at a time.
type Dev struct {
	bus  i2c.Bus
	conn sensirion.Conn
	opts Opts
	life context.Context // ends with Close
	end  context.CancelCauseFunc

	turn  sync.Mutex // covers what follows
	link  *link
	chip  *scd4x.Dev // nil when the sensor must be set up again
	began time.Time  // when it was started
	last  time.Time  // when it last had a measurement; before the first, began
}

// New stops the sensor, writes its settings and starts it, which takes a second.
// The bus stays the caller's: it must outlive the Dev. Errors:
// driver.ErrNoAnswer, ErrChecksum, ErrWrongDevice.
func New(bus i2c.Bus, opts Opts) (*Dev, error) {
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("open scd4x: %w", err)
	}
	life, end := context.WithCancelCause(context.Background())
	d := &Dev{bus: bus, conn: sensirion.Conn{Bus: bus, Addr: Address}, opts: opts, life: life, end: end}
	ctx, cancel := context.WithTimeout(life, setUpLimit)
	defer cancel()
	if err := d.setUp(ctx); err != nil {
		end(nil)
		return nil, fmt.Errorf("open scd4x: %w", err)
	}
	return d, nil
}

// Sense returns co2 (ppm), temperature (°C) and humidity (%RH) of the newest
// measurement, or waits for the next one, of which there is one every 5 s, until
// ctx ends. CO2 is Suspect outside the range for which accuracy is stated.
// Errors: driver.ErrNoAnswer, ErrChecksum, ErrWarmingUp, ErrOutOfRange, ErrReset
// (it had stopped measuring; the next Sense sets it up again), ErrWrongDevice,
// ErrClosed, or ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	d.turn.Lock()
	defer d.turn.Unlock()
	living, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.life, func() { cancel(driver.ErrClosed) })()
	values, err := d.measure(living)
	switch {
	case err == nil:
		return values, nil
	case d.life.Err() != nil:
		err = driver.ErrClosed
	case errors.Is(ctx.Err(), context.Canceled):
		err = ctx.Err()
	}
	return nil, fmt.Errorf("sense scd4x: %w", err)
}

// Close ends a Sense that runs. The sensor goes on measuring; the bus stays
// open.
func (d *Dev) Close() error {
	d.end(driver.ErrClosed)
	return nil
}

func (d *Dev) setUp(ctx context.Context) error {
	if err := d.halt(ctx); err != nil {
		return err
	}
	if err := d.checkVariant(ctx); err != nil {
		return err
	}
	if err := d.configure(ctx); err != nil {
		return err
	}
	d.link = &link{Bus: d.bus, ctx: ctx}
	chip, err := scd4x.NewI2C(d.link, Address)
	if err != nil {
		return fmt.Errorf("start: %w", d.link.cause(err))
	}
	if p := d.opts.Pressure; p != nil {
		if err := d.conn.Send(cmdPressure, uint16(*p)); err != nil {
			return fmt.Errorf("set pressure: %w", err)
		}
	}
	d.chip, d.began = chip, time.Now()
	d.last = d.began
	return nil
}

func (d *Dev) measure(ctx context.Context) ([]driver.Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	if d.chip == nil {
		if err := d.setUp(ctx); err != nil {
			return nil, err
		}
	}
	if err := d.await(ctx); err != nil {
		return nil, err
	}
	d.last = time.Now()
	d.link.ctx = ctx
	var e scd4x.Env
	if err := d.chip.Sense(&e); err != nil {
		return nil, d.link.cause(err)
	}
	return d.values(e)
}

// await waits for a measurement.
func (d *Dev) await(ctx context.Context) error {
	for {
		words, err := d.conn.Ask(ctx, cmdReady, takes, 1)
		if err != nil || words[0]&0x07FF != 0 {
			return err
		}
		if silent := time.Since(d.last); silent > stalled {
			return d.diagnose(ctx, silent)
		}
		if err := sensirion.Pause(ctx, poll); err != nil {
			if time.Since(d.began) < every+time.Second {
				return fmt.Errorf("%w: the first measurement takes %v", driver.ErrWarmingUp, every)
			}
			return fmt.Errorf("%w; it answers, but has no new measurement", err)
		}
	}
}

// diagnose tells a sensor that was reset, which is idle and then says its serial
// number, from one that hangs.
func (d *Dev) diagnose(ctx context.Context, silent time.Duration) error {
	if _, err := d.conn.Ask(ctx, cmdSerial, takes, 3); err == nil {
		d.chip = nil
		return fmt.Errorf("%w: it had stopped measuring", driver.ErrReset)
	}
	return fmt.Errorf("%w: it acknowledges, but has not measured for %v", driver.ErrNoAnswer, silent.Round(time.Second))
}

func (d *Dev) values(e scd4x.Env) ([]driver.Value, error) {
	if e.CO2 == 0 && time.Since(d.began) < warmUp {
		return nil, fmt.Errorf("%w: no CO2 value yet", driver.ErrWarmingUp)
	}
	if e.CO2 <= 0 || e.CO2 > highest {
		return nil, fmt.Errorf("%w: %d ppm", driver.ErrOutOfRange, e.CO2)
	}
	co2 := driver.Measured(reading.CO2, float64(e.CO2))
	if low, high := d.opts.Variant.accurate(); co2.Value < low || co2.Value > high {
		co2.Quality = co2.Quality.Worse(reading.Suspect)
	}
	return []driver.Value{
		co2,
		driver.Measured(reading.Temperature, e.Temperature.Celsius()),
		driver.Measured(reading.Humidity, float64(e.Humidity)/float64(physic.PercentRH)),
	}, nil
}
