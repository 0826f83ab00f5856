package simbus

import (
	"errors"
	"io/fs"
	"os/exec"
	"slices"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
)

func TestOutputSwitchesWhatIsTiedToIt(t *testing.T) {
	m := New(newClock(1))
	if _, err := m.Output("GPIO5"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a line without anything on it: %v", err)
	}
	var got []bool
	for range 2 {
		m.Drive("GPIO5", func(_ time.Time, high bool) { got = append(got, high) })
	}
	o, err := m.Output("GPIO5")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []gpio.Level{gpio.Low, gpio.High, gpio.High, gpio.Low} {
		if err := o.Out(l); err != nil {
			t.Fatal(err)
		}
	}
	if want := []bool{true, true, false, false}; !slices.Equal(got, want) {
		t.Errorf("switched %v, want %v", got, want)
	}
}

func TestBoardWithoutASystem(t *testing.T) {
	m := New(newClock(1))
	if _, err := m.Command(t.Context(), "mmcli"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("Command: %v", err)
	}
	if _, err := fs.ReadFile(m.Files(), "proc/uptime"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Files: %v", err)
	}
}
