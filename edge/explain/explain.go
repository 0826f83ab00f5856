package explain

import (
	"errors"
	"io/fs"
	"os/exec"
	"strings"

	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/driver"
)

// What can be wrong besides the kinds that driver.Codes has: with a bus or a
// port, or with what a scan finds on it.
const (
	// Console: the port is the system's console.
	Console = "console"
	// Busy: another program has the port.
	Busy = "busy"
	// Permission: the user may not open the device.
	Permission = "permission"
	// NotFound: the machine has no such bus, port, pin or file.
	NotFound = "not_found"
	// NoProgram: the machine lacks a program that is asked, such as mmcli.
	NoProgram = "no_program"
	// NoI2C and NoSerial: the machine has no I2C bus, no serial port.
	NoI2C    = "no_i2c"
	NoSerial = "no_serial"
	// InUse: a sensor of the running agent, which is not disturbed.
	InUse = "in_use"
	// TwoChips: more than one chip answers at an address.
	TwoChips = "two_chips"
	// Garbled: what answers at an address contradicts itself.
	Garbled = "garbled"
	// UnknownChip: something answers that no driver knows.
	UnknownChip = "unknown_chip"
	// UnknownTalker: a serial port brings bytes that no driver understands.
	UnknownTalker = "unknown_talker"
	// NothingHeard: a serial port is silent at every speed.
	NothingHeard = "nothing_heard"
	// NeedsOptions: the sensor is there, but wants more than its wiring to be set.
	NeedsOptions = "needs_options"
	// Unknown is any other error.
	Unknown = "unknown"
)

// Of returns the code of what is wrong: a driver's kind where the error is of
// one, else one of the constants above; "" for nil.
func Of(err error) string {
	// A sensor whose port cannot be opened is of the port's kind: that is what
	// somebody can mend.
	switch {
	case err == nil:
		return ""
	case errors.Is(err, bus.ErrConsole):
		return Console
	case errors.Is(err, bus.ErrBusy):
		return Busy
	case errors.Is(err, fs.ErrPermission):
		return Permission
	}
	if code := driver.Code(err); code != "" {
		return code
	}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return NoProgram
	case errors.Is(err, fs.ErrNotExist):
		return NotFound
	}
	return Unknown
}

// Code returns what a code of Of or driver.Code means and what to do about it,
// each a sentence or two. A code that is not known gets the texts of Unknown;
// "" is no trouble and gets none.
func Code(code string, lang Lang) (what, remedy string) {
	if code == "" {
		return "", ""
	}
	e, ok := texts[code]
	if !ok {
		e = texts[Unknown]
	}
	return lang.Pick(e.what.id, e.what.en), lang.Pick(e.remedy.id, e.remedy.en)
}

// Cause returns an error's text without the advice that errors of package bus
// have behind it, in its own sentence: Code has that in the reader's language.
func Cause(err string) string {
	cause, _, _ := strings.Cut(err, ". ")
	return cause
}

type text struct{ id, en string }

type entry struct{ what, remedy text }
