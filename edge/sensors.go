package edge

import (
	"fmt"
	"maps"
	"strings"

	"github.com/siaga-id/siaga/edge/chips"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip returns the kind of sensor that s names and its options, with what s says
// of them. Errors begin with the key.
func (s SensorConfig) Chip() (driver.Chip, driver.Options, error) {
	chip, ok := chips.Named(s.Driver)
	if !ok {
		return driver.Chip{}, nil, fmt.Errorf("driver: %q is unknown: use one of %s", s.Driver, driverNames())
	}
	options := chip.Options()
	if err := config.Decode(s.Options, options); err != nil {
		return driver.Chip{}, nil, err
	}
	if err := options.Validate(); err != nil {
		return driver.Chip{}, nil, err
	}
	return chip, options, nil
}

// WithDatum returns s with the datum that was measured for its sensor, in metres
// above gauge zero, before the one that s has; s's own options stay as they are.
// The error is that of a chip that takes none: another one has come in the place
// of one that did.
func (s SensorConfig) WithDatum(m float64) (SensorConfig, error) {
	options := maps.Clone(s.Options)
	if options == nil {
		options = map[string]any{}
	}
	options["datum_m"] = m
	s.Options = options
	_, _, err := s.Chip()
	return s, err
}

func driverNames() string {
	var names []string
	for _, c := range chips.All() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// quantityNames returns what a sensor gives at every interval, by name.
func quantityNames(qs []reading.Quantity) []string {
	var names []string
	for _, q := range qs {
		names = append(names, q.String())
	}
	return names
}
