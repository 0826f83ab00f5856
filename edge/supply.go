package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
)

const (
	// cycleAfter is after how many fruitless openings in a row a sensor's supply is
	// switched off and on: with the pauses between them some minutes.
	// Each time it does not help, twice as many are waited for, up to seldomCycle:
	// some hours, since others may be on the same line.
	cycleAfter  = 3
	seldomCycle = 240
	// usualOff is how long the power is off where power_off says nothing: what a
	// sensor's capacitors may hold it up for.
	usualOff = 5 * time.Second
	// settleAfter is what a sensor is given to start once it has power again.
	settleAfter = 2 * time.Second
)

// supply is the GPIO line that switches a sensor's power, which frees a sensor
// that hangs and a bus that it holds. All sensors on the same line are switched
// with it.
type supply struct {
	line    gpio.PinOut
	on, off gpio.Level
	pause   time.Duration
	clock   Clock
}

// openSupply returns the sensor's supply, switched on; nil where none is
// configured.
func openSupply(c SensorConfig, b driver.Board, clock Clock) (*supply, error) {
	if c.PowerPin == "" {
		return nil, nil
	}
	line, err := b.Output(c.PowerPin)
	if err != nil {
		return nil, fmt.Errorf("power_pin: %w", err)
	}
	s := &supply{line: line, on: gpio.High, off: gpio.Low, pause: c.PowerOff, clock: clock}
	if s.pause == 0 {
		s.pause = usualOff
	}
	if c.PowerActiveLow {
		s.on, s.off = s.off, s.on
	}
	if err := line.Out(s.on); err != nil {
		return nil, fmt.Errorf("power_pin: switch %s on: %w", c.PowerPin, err)
	}
	return s, nil
}

// cycle switches the power off and on again, and waits until the sensor may have
// started. Whatever happens, it tries to leave the power on.
func (s *supply) cycle(ctx context.Context, log *slog.Logger) error {
	log.Warn("sensor stays dead: its power is switched off and on", "line", s.line.Name())
	err := s.line.Out(s.off)
	if err == nil {
		err = s.clock.WaitUntil(ctx, s.clock.Boot()+s.pause)
	}
	err = errors.Join(err, s.line.Out(s.on))
	if err == nil {
		err = s.clock.WaitUntil(ctx, s.clock.Boot()+settleAfter)
	}
	if err != nil {
		return fmt.Errorf("switch power of %s off and on: %w", s.line.Name(), err)
	}
	return nil
}
