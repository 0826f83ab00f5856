package sgp30

import (
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

// basedIn is how long the sensor may take to find a baseline: some give it after
// half a minute, others after about an hour (Sensirion, embedded-sgp driver).
const basedIn = 2 * time.Hour

// period is the time since the sensor was started. What has lost its power since
// says that the air is clean, for ever.
type period struct {
	began    time.Time
	failures int  // in a row; as many as lost want a new start
	doubt    bool // it was silent for a moment, and may have lost its power
	based    bool // it has found a baseline, which goes only with its power
}

// judge returns what is wrong with a measurement.
func (p *period) judge(d *Dev, m measurement) error {
	p.failures++
	if !errors.Is(m.err, driver.ErrNoAnswer) {
		p.failures = 0
	}
	if m.err != nil {
		p.doubt = true
		return m.err
	}
	if left := warmUp - time.Since(p.began); left > 0 {
		return fmt.Errorf("%w: %v left", driver.ErrWarmingUp, left.Round(time.Second))
	}
	if m.eco2 == lowestCO2 && m.tvoc == 0 {
		return p.cleanAir(d)
	}
	if !p.based {
		has, err := d.baseline()
		p.based = has && err == nil // else it is asked again
	}
	return nil
}

// cleanAir returns why the air may not be clean.
func (p *period) cleanAir(d *Dev) error {
	if err := d.heated(); err != nil {
		return err
	}
	has, err := d.baseline()
	if err != nil {
		return err
	}
	if !has && (p.based || p.doubt || time.Since(p.began) > basedIn) {
		p.failures = lost
		return fmt.Errorf("%w: it has no baseline any more, and says nothing but clean air", driver.ErrReset)
	}
	p.based, p.doubt = has, false
	return nil
}

// heated returns driver.ErrHeaterOff where the raw signals say that the hot plate
// is cold. Clean air looks the same in the values.
func (d *Dev) heated() error {
	raw, err := d.conn.Ask(d.life, cmdRaw, takesRaw, 2)
	if err == nil && raw[0] == 0 && raw[1] == 0 {
		err = fmt.Errorf("%w: no signal of hydrogen and ethanol", driver.ErrHeaterOff)
	}
	return err
}

// baseline reports whether the sensor has found one.
func (d *Dev) baseline() (bool, error) {
	words, err := d.conn.Ask(d.life, cmdBaseline, takes, 2)
	if err != nil {
		return false, err
	}
	return words[0] != 0 || words[1] != 0, nil
}
