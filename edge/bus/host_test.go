package bus

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"periph.io/x/conn/v3/uart"
)

func TestWhatIsNotThereSaysWhatToDo(t *testing.T) {
	var h Host
	for _, tc := range []struct {
		name string
		open func() error
		want string
	}{
		{"i2c", func() error { _, err := h.I2C("/dev/i2c-99"); return err }, "dtparam=i2c_arm=on"},
		{"serial", func() error { _, err := h.Serial("/dev/ttySIAGA", 9600, uart.NoParity); return err }, "raspi-config"},
		{"pin", func() error { _, err := h.Pin("GPIO999"); return err }, "GPIO"},
	} {
		err := tc.open()
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: error %v, want fs.ErrNotExist", tc.name, err)
			continue
		}
		if !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %q does not say %q", tc.name, err, tc.want)
		}
	}
}

func TestPermissionNamesTheGroup(t *testing.T) {
	for path, group := range map[string]string{"/dev/ttyUSB0": "dialout", "/dev/i2c-1": "i2c", "/dev/gpiochip0": "gpio"} {
		err := permission(path, group)
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "usermod -aG "+group) {
			t.Errorf("permission(%s): %v", path, err)
		}
	}
	var h Host
	if err := h.explain("/dev/ttyUSB0", 9600, os.ErrPermission); !strings.Contains(err.Error(), "dialout") {
		t.Errorf("explain(permission): %v", err)
	}
}

func TestConsoleIsFoundBehindItsAlias(t *testing.T) {
	dir := t.TempDir()
	active := filepath.Join(dir, "active")
	tty := filepath.Join(dir, "ttyS0")
	other := filepath.Join(dir, "ttyUSB0")
	alias := filepath.Join(dir, "serial0")
	for path, text := range map[string]string{active: "tty1 ttyS0\n", tty: "", other: ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(tty, alias); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{tty: true, alias: true, other: false, filepath.Join(dir, "none"): false} {
		if got := isConsole(path, active); got != want {
			t.Errorf("isConsole(%s) = %v", filepath.Base(path), got)
		}
	}
	if isConsole(tty, filepath.Join(dir, "none")) {
		t.Error("a machine without a list of consoles has one")
	}
}

func TestEachPortIsListedOnce(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	tty, alias, other := filepath.Join(dir, "ttyAMA0"), filepath.Join(dir, "serial0"), filepath.Join(dir, "ttyUSB0")
	for _, path := range []string{tty, other} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(tty, alias); err != nil {
		t.Fatal(err)
	}
	if got, want := once([]string{alias, other, tty}), []string{alias, other}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if Device(alias) != tty || Device("COM3") != "COM3" {
		t.Errorf("Device: %s, %s", Device(alias), Device("COM3"))
	}
}
