package scan

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// patience is how long one measurement may take. The slowest sensor, an SCD4x,
// measures every 5 s (Sensirion SCD4x data sheet §3.5).
const patience = 6 * time.Second

// options returns a chip's options with nothing but the wiring set, if that is
// enough. ask is for sensors that say something only when asked: those that can
// be wired either way have a key for it.
func options(c driver.Chip, p Place, ask bool) (driver.Options, error) {
	wiring := map[string]any{"port": p.Port}
	if p.Port == "" {
		wiring = map[string]any{"i2c": p.Bus, "address": p.Address}
	}
	if ask {
		wiring["ask"] = true
	}
	return decoded(c, wiring)
}

func decoded(c driver.Chip, settings map[string]any) (driver.Options, error) {
	o := c.Options()
	if err := config.Decode(settings, o); err != nil {
		return nil, err
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return o, nil
}

// atOnce sets options of a sensor that would warm up first to give its value as
// it is: whoever scans wants to see it live, and the sensor has been on for a
// while. Others are left as they are.
func atOnce(c driver.Chip, o driver.Options) {
	none := map[string]any{"warm_up": "0s"}
	if config.Decode(none, c.Options()) == nil {
		_ = config.Decode(none, o) // it has just worked
	}
}

// canAsk reports whether a chip has a key for being asked.
func canAsk(c driver.Chip) bool {
	return config.Decode(map[string]any{"ask": true}, c.Options()) == nil
}

// chip returns the chip that is called so.
func chip(chips []driver.Chip, name string) (driver.Chip, bool) {
	i := slices.IndexFunc(chips, func(c driver.Chip) bool { return c.Name == name })
	if i < 0 {
		return driver.Chip{}, false
	}
	return chips[i], true
}

// read measures once what was found, and says why where it cannot. Of kinds that
// look the same on a bus it drops those whose driver says that it is another.
func (s *scanner) read(ctx context.Context, f *Finding) {
	if f.Chip == "" || f.Problem != "" {
		return
	}
	s.measure(ctx, f)
	if f.Bus == "" || len(f.Also) == 0 {
		return
	}
	wrong := driver.Code(driver.ErrWrongDevice)
	var also []string
	for _, name := range f.Also {
		other := Finding{Place: f.Place, Chip: name, Detail: f.Detail}
		s.measure(ctx, &other)
		switch {
		case other.Problem == wrong:
		case f.Problem == wrong:
			*f = other
		default:
			also = append(also, name)
		}
	}
	f.Also = also
	if c, ok := chip(s.opt.Chips, f.Chip); ok {
		f.Sure = !c.I2C.Weak && len(also) == 0 && f.Problem != wrong
	}
}

// measure reads f as the chip that it names.
func (s *scanner) measure(ctx context.Context, f *Finding) {
	c, ok := chip(s.opt.Chips, f.Chip)
	if !ok || ctx.Err() != nil {
		return
	}
	f.Model = c.Model
	o, err := options(c, f.Place, f.Ask)
	if err != nil {
		f.Problem, f.Error = explain.NeedsOptions, err.Error()
		return
	}
	atOnce(c, o)
	values, err := s.sense(ctx, o)
	for _, v := range values {
		f.Values = append(f.Values, Value{v.Quantity.String(), v.Quantity.Info().Display, v.Value, v.Quality.Worse(reading.Suspect) == v.Quality})
	}
	if err != nil {
		f.fail(err)
	}
}

func (s *scanner) sense(ctx context.Context, o driver.Options) (values []driver.Value, err error) {
	sensor, err := o.Open(s.board, func() time.Duration { return time.Since(s.began) })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sensor.Close()) }()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return sensor.Sense(limited)
}
