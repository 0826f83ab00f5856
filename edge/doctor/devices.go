package doctor

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/edge/explain"
)

// devices looks at whether the buses and ports are there and may be opened. It
// opens no port: that would disturb the sensor on it.
func (x *exam) devices(context.Context) []Line {
	lines := []Line{x.i2c(), x.serial(), x.gpio()}
	return append(lines, x.groups()...)
}

// wants reports whether a configured sensor has a key.
func (x *exam) wants(key string) bool {
	for _, s := range x.Config.Sensors {
		if _, ok := s.Options[key]; ok {
			return true
		}
	}
	return false
}

// missing is the line of a kind of device that the machine lacks: trouble where
// a configured sensor is on one.
func (x *exam) missing(kind, key, code string) Line {
	what, remedy := explain.Code(code, x.Lang)
	if x.wants(key) {
		return x.fail(kind+": "+what, remedy)
	}
	return x.unknown(kind + x.Pick(": tidak ada, dan tidak dipakai konfigurasi", ": none, and the configuration uses none"))
}

// present is the line of devices that are there, with those that this user may
// not open.
func (x *exam) present(kind string, names []string, open func(string) error) Line {
	var errs []error
	for _, name := range names {
		if err := open(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return x.ok(kind + ": " + strings.Join(names, ", "))
	}
	what, remedy := explain.Code(explain.Of(errs[0]), x.Lang)
	return x.warn(kind+": "+what+" ("+explain.Cause(errs[0].Error())+")", remedy)
}

func (x *exam) i2c() Line {
	if names := x.Buses(); len(names) > 0 {
		return x.present("I2C", names, x.I2C)
	}
	return x.missing("I2C", "i2c", explain.NoI2C)
}

func (x *exam) serial() Line {
	if names := x.Ports(); len(names) > 0 {
		return x.present("Serial", names, x.Access)
	}
	return x.missing("Serial", "port", explain.NoSerial)
}

func (x *exam) gpio() Line {
	chips, err := fs.Glob(x.Files, "dev/gpiochip*")
	if err != nil || len(chips) == 0 {
		return x.missing("GPIO", "pin", explain.NotFound)
	}
	return x.present("GPIO", []string{"/" + chips[0]}, x.Access)
}

// groups looks for those that the service wants to be in: where one is missing
// systemd does not start it.
func (x *exam) groups() []Line {
	table, err := x.text("etc/group")
	if err != nil {
		return nil // not a machine with groups
	}
	var there, missing []string
	for line := range strings.Lines(table) {
		name, _, _ := strings.Cut(line, ":")
		there = append(there, name)
	}
	for _, name := range []string{"dialout", "i2c", "gpio"} {
		if !slices.Contains(there, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return []Line{x.warn(
		x.Say("grup tidak ada: %s", "these groups do not exist: %s", strings.Join(missing, ", ")),
		x.Say("Layanan mungkin tidak mau mulai: %s", "The service may not start: %s", "sudo groupadd --system "+strings.Join(missing, "; sudo groupadd --system ")))}
}
