package scan

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/siaga-id/siaga/edge/driver"
)

// Configured is what a configuration file says of where sensors are wired. The
// zero Configured has none.
type Configured struct {
	sensors []wired
	device  func(port string) string
}

type wired struct {
	id string
	at Place
	// pin is where a sensor is wired that no scan can find.
	pin string
}

// Read returns what the configuration in text says. chips give the addresses of
// sensors that are configured without; device returns the device behind a
// port's path, since ports have aliases, and nil takes paths as they are. It
// checks nothing but that the text is YAML: the agent does that.
func Read(text []byte, chips []driver.Chip, device func(port string) string) (Configured, error) {
	if device == nil {
		device = func(port string) string { return port }
	}
	var file struct {
		Sensors []struct {
			ID      string `yaml:"id"`
			Driver  string `yaml:"driver"`
			Port    string `yaml:"port"`
			Bus     string `yaml:"i2c"`
			Address uint16 `yaml:"address"`
			Pin     string `yaml:"pin"`
		} `yaml:"sensors"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return Configured{}, fmt.Errorf("read configuration: %w", err)
	}
	c := Configured{device: device}
	for _, s := range file.Sensors {
		w := wired{s.ID, Place{Port: s.Port, Bus: s.Bus, Address: s.Address}, s.Pin}
		if known, ok := chip(chips, s.Driver); ok && w.at.Address == 0 && s.Bus != "" && known.I2C != nil && len(known.I2C.Addresses) > 0 {
			w.at.Address = known.I2C.Addresses[0]
		}
		c.sensors = append(c.sensors, w)
	}
	return c, nil
}

// At returns the sensor that is wired at a place; "" is none.
func (c Configured) At(p Place) string {
	for _, s := range c.sensors {
		switch {
		case p.Port != "" && s.at.Port != "" && c.device(p.Port) == c.device(s.at.Port):
			return s.id
		case p.Bus != "" && s.at.Bus != "" && p.Address == s.at.Address && sameBus(p.Bus, s.at.Bus):
			return s.id
		}
	}
	return ""
}

// Pins returns the sensors on GPIO lines, which a scan cannot find, each as
// "id (line)".
func (c Configured) Pins() []string {
	var all []string
	for _, s := range c.sensors {
		if s.pin != "" {
			all = append(all, fmt.Sprintf("%s (%s)", s.id, s.pin))
		}
	}
	return all
}

// free returns the first id with a prefix and a number that is neither in the
// file nor taken.
func (c Configured) free(prefix string, taken map[string]bool) string {
	for n := 1; ; n++ {
		id := prefix + "-" + strconv.Itoa(n)
		used := taken[id]
		for _, s := range c.sensors {
			used = used || s.id == id
		}
		if !used {
			return id
		}
	}
}

// sameBus reports whether two names mean one bus: "1", "I2C1" and "/dev/i2c-1"
// do.
func sameBus(a, b string) bool {
	return a == b || number(a) != "" && number(a) == number(b)
}

// number returns the digits at a bus name's end.
func number(name string) string {
	return name[len(strings.TrimRight(name, "0123456789")):]
}
