package edge

import (
	"fmt"
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
