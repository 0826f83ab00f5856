package driver

import "errors"

// codes are the kinds of errors by names that travel, the more telling first: an
// error may wrap several.
var codes = []struct {
	err  error
	code string
}{
	{ErrUnplugged, "unplugged"},
	{ErrClosed, "closed"},
	{ErrWrongDevice, "wrong_device"},
	{ErrAsleep, "asleep"},
	{ErrWarmingUp, "warming_up"},
	{ErrReset, "reset"},
	{ErrFan, "fan"},
	{ErrHeaterOff, "heater_off"},
	{ErrOpenLoop, "open_loop"},
	{ErrOverRange, "over_range"},
	{ErrRefused, "refused"},
	{ErrEchoLost, "echo_lost"},
	{ErrStuck, "stuck"},
	{ErrOutOfRange, "out_of_range"},
	{ErrChecksum, "checksum"},
	{ErrNoAnswer, "no_answer"},
}

// Code returns a short constant name for what is wrong with a sensor, such as
// "no_answer", for programs that explain it to people; "" for an error of no
// kind named here, and for nil.
func Code(err error) string {
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return ""
}

// Codes returns every name that Code can give but "". The caller owns the slice.
func Codes() []string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = c.code
	}
	return all
}
