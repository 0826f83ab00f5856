package main

import (
	"strconv"
	"strings"
)

// decimal is a number as people write it on a command line: 1.84 or 1,84.
type decimal float64

// String implements pflag.Value.
func (d *decimal) String() string { return strconv.FormatFloat(float64(*d), 'g', -1, 64) }

// Set implements pflag.Value.
func (d *decimal) Set(text string) error {
	v, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil {
		return err.(*strconv.NumError).Err
	}
	*d = decimal(v)
	return nil
}

// Type implements pflag.Value.
func (*decimal) Type() string { return "number" }
