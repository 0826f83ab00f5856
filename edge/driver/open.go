package driver

import (
	"errors"
	"fmt"
	"io"
)

// Opened returns a sensor that has just been made on what was opened for it. If
// it could not be made, it closes that: a port left open would look busy to the
// next try.
func Opened[S Sensor](made S, err error, under io.Closer) (Sensor, error) {
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open sensor: %w", err), under.Close())
	}
	return made, nil
}

// On is Opened for a sensor that does not close what it stands on: closing the
// one closes the other.
func On[S Sensor](made S, err error, under io.Closer) (Sensor, error) {
	s, err := Opened(made, err, under)
	if err != nil {
		return nil, err
	}
	return standing{s, under}, nil
}

type standing struct {
	Sensor
	under io.Closer
}

// Close closes the sensor, then what it stands on.
func (s standing) Close() error { return errors.Join(s.Sensor.Close(), s.under.Close()) }
