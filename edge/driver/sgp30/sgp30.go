package sgp30

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
	"github.com/siaga-id/siaga/internal/reading"
)

// Address is the sensor's only I2C address.
const Address = 0x58

// Commands and the longest that they take (datasheet §6.3).
const (
	cmdInit     = 0x2003
	cmdMeasure  = 0x2008
	cmdBaseline = 0x2015
	cmdRaw      = 0x2050
	cmdFeature  = 0x202F
	cmdSerial   = 0x3682

	takes        = 10 * time.Millisecond
	takesMeasure = 12 * time.Millisecond
	takesRaw     = 25 * time.Millisecond
)

const (
	// every is how often the sensor must be asked.
	every = time.Second
	// warmUp is how long after init it gives no values.
	warmUp = 15 * time.Second
	// fresh is the age up to which a measurement tells what is true now.
	fresh = every + every/2
	// lost is after how many failures in a row the sensor may have lost its supply,
	// and its init with it.
	lost = 5
	// limit bounds New.
	limit = time.Second

	lowestCO2 = 400
	highest   = 60000
)

// Dev is an SGP30 on an I2C bus. Its methods may be called concurrently.
type Dev struct {
	conn sensirion.Conn
	life context.Context // ends with Close
	end  context.CancelFunc
	done chan struct{}

	mu      sync.Mutex    // covers what follows
	latest  measurement   // the newest
	changed chan struct{} // closed and replaced at each one
}

// measurement is one second's. It is used once.
type measurement struct {
	eco2, tvoc uint16
	at         time.Time
	err        error
	used       bool
}

// New starts the sensor and its goroutine. The bus stays the caller's: it must
// outlive the Dev. Errors: driver.ErrNoAnswer, ErrChecksum, ErrWrongDevice.
func New(bus i2c.Bus) (*Dev, error) {
	life, end := context.WithCancel(context.Background())
	d := &Dev{
		conn: sensirion.Conn{Bus: bus, Addr: Address},
		life: life, end: end,
		done:    make(chan struct{}),
		latest:  measurement{used: true},
		changed: make(chan struct{}),
	}
	ctx, cancel := context.WithTimeout(life, limit)
	defer cancel()
	if err := d.start(ctx); err != nil {
		end()
		return nil, fmt.Errorf("open sgp30: %w", err)
	}
	go d.run(time.Now())
	return d, nil
}

// Sense returns tvoc (ppb) and eco2 (ppm) of the newest second, or waits for the
// next one until ctx ends. Errors: driver.ErrNoAnswer, ErrChecksum,
// ErrOutOfRange, ErrWarmingUp, ErrHeaterOff, ErrReset (it was gone for so long
// that it was started anew), ErrWrongDevice, ErrClosed, or ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	m, err := d.next(ctx)
	if err == nil {
		err = m.err
	}
	if err == nil && (m.eco2 < lowestCO2 || m.eco2 > highest || m.tvoc > highest) {
		err = fmt.Errorf("%w: CO2 %d ppm, TVOC %d ppb", driver.ErrOutOfRange, m.eco2, m.tvoc)
	}
	if err != nil {
		return nil, fmt.Errorf("sense sgp30: %w", err)
	}
	return []driver.Value{
		driver.Measured(reading.TVOC, float64(m.tvoc)),
		driver.Measured(reading.ECO2, float64(m.eco2)),
	}, nil
}

// Close ends the goroutine and waits for it. The bus stays open.
func (d *Dev) Close() error {
	d.end()
	<-d.done
	return nil
}

// next returns the newest values that no call has returned, or waits for the
// next measurement, be it a failure.
func (d *Dev) next(ctx context.Context) (measurement, error) {
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return measurement{}, err
	}
	for waited := false; ; waited = true {
		d.mu.Lock()
		m, changed := d.latest, d.changed
		if !m.used && (waited || m.err == nil && time.Since(m.at) <= fresh) && d.life.Err() == nil {
			d.latest.used = true
			d.mu.Unlock()
			return m, nil
		}
		d.mu.Unlock()
		select {
		case <-changed:
		case <-d.life.Done():
			return measurement{}, driver.ErrClosed
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return measurement{}, ctx.Err()
			}
			return measurement{}, fmt.Errorf("%w: %w", driver.ErrNoAnswer, ctx.Err())
		}
	}
}

// run measures once a second until the Dev is closed, from when the sensor was
// started.
func (d *Dev) run(began time.Time) {
	defer close(d.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	now := period{began: began}
	for {
		select {
		case <-d.life.Done():
			return
		case <-tick.C:
		}
		m := measurement{at: time.Now()}
		if now.failures >= lost {
			if m.err = d.start(d.life); m.err == nil {
				now = period{began: time.Now()}
				m.err = fmt.Errorf("%w: started anew", driver.ErrReset)
			}
		} else {
			m.eco2, m.tvoc, m.err = d.measure()
			m.err = now.judge(d, m)
		}
		d.publish(m)
	}
}

func (d *Dev) publish(m measurement) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.latest = m
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *Dev) measure() (eco2, tvoc uint16, err error) {
	words, err := d.conn.Ask(d.life, cmdMeasure, takesMeasure, 2)
	if err != nil {
		return 0, 0, err
	}
	return words[0], words[1], nil
}

// start makes sure that this is the sensor, and starts it.
func (d *Dev) start(ctx context.Context) error {
	if _, err := identity(ctx, d.conn); err != nil {
		return err
	}
	if err := d.conn.Send(cmdInit); err != nil {
		return err
	}
	return sensirion.Pause(ctx, takes)
}

// identity returns the serial number. The upper four bits of the feature set are
// the product type, which is 0 (datasheet §6.2).
func identity(ctx context.Context, c sensirion.Conn) (string, error) {
	features, err := c.Ask(ctx, cmdFeature, takes, 1)
	if err != nil {
		return "", err
	}
	if features[0]>>12 != 0 || features[0]&0xFF == 0 {
		return "", fmt.Errorf("%w: feature set %04x", driver.ErrWrongDevice, features[0])
	}
	serial, err := c.Ask(ctx, cmdSerial, takes, 3)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("serial %04x%04x%04x", serial[0], serial[1], serial[2]), nil
}
