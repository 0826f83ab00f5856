package currentloop

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/ads1115"
	"github.com/siaga-id/siaga/internal/reading"
)

// Currents in mA. The limits are those of NAMUR NE 43.
const (
	zero, full   = 4, 20
	brokenBelow  = 3.6
	faultAbove   = 21
	validFrom    = 3.8
	validTo      = 20.5
	mostMeasured = 21.5 // the converter must show more than faultAbove
)

// maxShuntOhm keeps a loop in fault, at 22 mA, within what an ADS1115 on 5 V can
// see: beyond it a fault would read as high water. On 3.3 V take 150 Ω or less.
const maxShuntOhm = 220

// maxAverage leaves a measurement time for the converter's other users.
const maxAverage = 5 * time.Second

// Loop is a transducer and its shunt; to be embedded in options with
// `mapstructure:",squash"`.
type Loop struct {
	// Input is the converter's, 0 to 3. Minus, where it is not nil, is the one at
	// the shunt's other end; else that is at ground.
	Input int  `mapstructure:"input"`
	Minus *int `mapstructure:"minus"`
	// ShuntOhm is the resistor as measured.
	ShuntOhm float64 `mapstructure:"shunt_ohm"`
	// SpanM is how many metres lie between 4 and 20 mA, OffsetM the level above
	// gauge zero at 4 mA.
	SpanM   float64 `mapstructure:"span_m"`
	OffsetM float64 `mapstructure:"offset_m"`
	// Average is how long conversions are averaged; 0 is one conversion.
	Average time.Duration `mapstructure:"average"`
}

// DefaultLoop has what does not depend on the installation.
var DefaultLoop = Loop{Average: 400 * time.Millisecond}

// Validate returns every mistake, each beginning with its key.
func (l *Loop) Validate() error {
	var errs []error
	if _, err := l.input(); err != nil {
		key := "input"
		if l.Minus != nil {
			key = "input, minus"
		}
		errs = append(errs, fmt.Errorf("%s: %w", key, err))
	}
	if !(l.ShuntOhm >= 1 && l.ShuntOhm <= maxShuntOhm) {
		errs = append(errs, fmt.Errorf("shunt_ohm: %v: measure the resistor, which is 1 to %d Ω, usually 150", l.ShuntOhm, maxShuntOhm))
	}
	if !(l.SpanM > 0 && l.SpanM <= 1000) {
		errs = append(errs, fmt.Errorf("span_m: %v: say how many metres the transducer measures from 4 to 20 mA", l.SpanM))
	}
	if math.IsNaN(l.OffsetM) || math.IsInf(l.OffsetM, 0) {
		errs = append(errs, fmt.Errorf("offset_m: %v: say the level in metres at 4 mA", l.OffsetM))
	}
	if l.Average < 0 || l.Average > maxAverage {
		errs = append(errs, fmt.Errorf("average: %v is outside 0s to %v", l.Average, maxAverage))
	}
	return errors.Join(errs...)
}

func (l *Loop) input() (ads1115.Input, error) {
	if l.Minus == nil {
		return ads1115.Single(l.Input)
	}
	return ads1115.Between(l.Input, *l.Minus)
}

// Dev is a transducer on a converter. Its methods may be called concurrently.
type Dev struct {
	adc  *ads1115.Dev
	loop Loop
	in   ads1115.Input
}

// New takes over an open converter. It does not speak to it yet.
func New(adc *ads1115.Dev, loop Loop) (*Dev, error) {
	if err := loop.Validate(); err != nil {
		return nil, fmt.Errorf("open current loop: %w", err)
	}
	in, err := loop.input()
	if err != nil {
		return nil, fmt.Errorf("open current loop: %w", err)
	}
	return &Dev{adc: adc, loop: loop, in: in}, nil
}

// Sense measures for the time of Average and returns level (m above gauge zero)
// and the loop's current (mA), both suspect at the transducer's limits. Errors:
// driver.ErrOpenLoop (below 3.6 mA), ErrOverRange (above 21 mA), those of
// ads1115.Dev.Read, ErrClosed, or ctx's own.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	i, err := d.mean(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense current loop: %w", err)
	}
	level := driver.Measured(reading.Level, (i-zero)/(full-zero)*d.loop.SpanM+d.loop.OffsetM)
	current := driver.Measured(reading.LoopCurrent, i)
	if i < validFrom || i > validTo {
		level.Quality = level.Quality.Worse(reading.Suspect)
		current.Quality = current.Quality.Worse(reading.Suspect)
	}
	return []driver.Value{level, current}, nil
}

// Close closes the converter's handle.
func (d *Dev) Close() error {
	if err := d.adc.Close(); err != nil {
		return fmt.Errorf("close current loop: %w", err)
	}
	return nil
}

// mean returns the mean current in mA of conversions one after the other.
func (d *Dev) mean(ctx context.Context) (float64, error) {
	began := time.Now()
	sum := 0.0
	for n := 1; ; n++ {
		i, err := d.current(ctx)
		if err != nil {
			return 0, err
		}
		sum += i
		if time.Since(began) >= d.loop.Average {
			return sum / float64(n), nil
		}
	}
}

// current returns the current in mA of one conversion.
func (d *Dev) current(ctx context.Context) (float64, error) {
	v, err := d.adc.Read(ctx, d.in, mostMeasured/1000*d.loop.ShuntOhm)
	if err != nil {
		return 0, err
	}
	i := 1000 * v / d.loop.ShuntOhm
	switch {
	case i < brokenBelow:
		return 0, fmt.Errorf("%w, or the sensor has no power: %.3f mA", driver.ErrOpenLoop, i)
	case i > faultAbove:
		return 0, fmt.Errorf("%w, or the sensor reports a fault: %.3f mA", driver.ErrOverRange, i)
	}
	return i, nil
}
