package bus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/host/v3"

	"github.com/siaga-id/siaga/edge/driver"
)

var _ driver.Board = Host{}

// Host is the machine's own buses. Its zero value is ready; its methods may be
// called concurrently. Its errors wrap fs.ErrNotExist, fs.ErrPermission or
// ErrBusy where that is what is wrong.
type Host struct{}

// I2C opens a bus by name ("/dev/i2c-1", "I2C1") or number ("1"); "" is the
// first one. Each call returns a handle of its own, which the caller closes.
func (Host) I2C(name string) (i2c.BusCloser, error) {
	if err := start(); err != nil {
		return nil, err
	}
	b, err := i2creg.Open(name)
	if err == nil {
		return b, nil
	}
	path := devicePath(name)
	if path == "" {
		return nil, fmt.Errorf("open i2c bus %q: %w; this machine has: %s. On a Raspberry Pi turn I2C on with raspi-config "+
			"(Interface Options, I2C), or write dtparam=i2c_arm=on into /boot/firmware/config.txt, and restart",
			name, fs.ErrNotExist, list(Host{}.I2CBuses()))
	}
	if denied(path) {
		return nil, fmt.Errorf("open i2c bus %q: %w", name, permission(path, "i2c"))
	}
	return nil, fmt.Errorf("open i2c bus %q: %w", name, err)
}

// I2CBuses returns the names of the machine's I2C buses. The caller owns the
// slice.
func (Host) I2CBuses() []string {
	if start() != nil {
		return nil
	}
	var names []string
	for _, r := range i2creg.All() {
		names = append(names, r.Name)
	}
	return names
}

// Pin returns a pin by the name that the kernel gives it, such as "GPIO17", or
// an alias of it. The pin is not configured yet. Pins are shared: the same name
// gives the same pin.
func (Host) Pin(name string) (gpio.PinIn, error) {
	if err := start(); err != nil {
		return nil, err
	}
	if p := gpioreg.ByName(name); p != nil {
		return p, nil
	}
	chips, err := filepath.Glob("/dev/gpiochip*")
	if err != nil {
		return nil, fmt.Errorf("open pin %q: %w", name, err)
	}
	if len(chips) == 0 {
		return nil, fmt.Errorf("open pin %q: %w: this machine has no GPIO (no /dev/gpiochip*)", name, fs.ErrNotExist)
	}
	if denied(chips[0]) {
		return nil, fmt.Errorf("open pin %q: %w", name, permission(chips[0], "gpio"))
	}
	return nil, fmt.Errorf("open pin %q: %w: names are as gpioinfo prints them, on a Raspberry Pi GPIO2 to GPIO27", name, fs.ErrNotExist)
}

// Output returns a pin to drive, by the names that Pin takes.
func (h Host) Output(name string) (gpio.PinOut, error) {
	p, err := h.Pin(name)
	if err != nil {
		return nil, err
	}
	out, ok := p.(gpio.PinOut)
	if !ok {
		return nil, fmt.Errorf("open pin %q: it cannot be driven", name)
	}
	return out, nil
}

// Files returns the machine's files, from the root.
func (Host) Files() fs.FS { return os.DirFS("/") }

// Command runs a program of the machine, found by PATH, until it ends or ctx
// does, and returns what it printed. What it complained of is in the error.
func (Host) Command(ctx context.Context, name string, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) && len(ended.Stderr) > 0 {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(ended.Stderr)))
	}
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", name, err)
	}
	return out, nil
}

// start looks for the machine's buses, once in the life of the process.
func start() error {
	if _, err := host.Init(); err != nil {
		return fmt.Errorf("look for buses: %w", err)
	}
	return nil
}

// devicePath returns the device file of an I2C bus; "" when there is no such
// bus.
func devicePath(name string) string {
	for i, r := range i2creg.All() {
		known := name == r.Name || name == fmt.Sprint(r.Number) || name == "" && i == 0
		for _, a := range r.Aliases {
			known = known || name == a
		}
		if known {
			return r.Name
		}
	}
	return ""
}

// denied reports whether the device file is there but may not be opened.
func denied(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return os.IsPermission(err)
	}
	f.Close()
	return false
}

// permission says which group may open a device, by the usage of Debian and
// Raspberry Pi OS.
func permission(path, group string) error {
	return fmt.Errorf("%w for %s: add the user that runs this program to the group %s (sudo usermod -aG %s USER), "+
		"then log in again or restart the service", fs.ErrPermission, path, group, group)
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
