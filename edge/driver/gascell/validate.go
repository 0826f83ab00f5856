package gascell

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/edge/driver/ads1115"
)

// Validate returns every mistake, each beginning with its key.
func (c *Cell) Validate() error {
	var errs []error
	mistake := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if _, ok := gases[c.Gas]; !ok {
		mistake("gas: %q: use one of %s", c.Gas, strings.Join(slices.Sorted(maps.Keys(gases)), ", "))
	}
	if _, err := ads1115.Single(c.WE); err != nil {
		mistake("we: %w", err)
	}
	if !(c.FullScaleV > 0 && c.FullScaleV <= 6) {
		mistake("full_scale_v: %v: say how many volts the board gives at most, up to 6", c.FullScaleV)
	}
	switch c.Electrodes {
	case 2:
		errs = append(errs, c.validate2())
	case 4:
		errs = append(errs, c.validate4())
	default:
		mistake("electrodes: %d: 2 for a board with one voltage, 4 for one with WE and AE", c.Electrodes)
	}
	return errors.Join(append(errs, c.validateSensitivity())...)
}

func (c *Cell) validateSensitivity() error {
	said := 0
	for _, v := range []float64{c.MVPerPPB, c.MVPerPPM, c.NAPerPPM} {
		if v != 0 {
			said++
		}
	}
	switch {
	case said != 1:
		return errors.New("sensitivity_mv_per_ppb, sensitivity_mv_per_ppm, sensitivity_na_per_ppm: " +
			"say one of them, as the cell's certificate or label does")
	case (c.NAPerPPM != 0) != (c.GainKVPerA != 0):
		return errors.New("gain_kv_per_a: goes with sensitivity_na_per_ppm: take it from the board's datasheet")
	case !finite(c.sensitivity()):
		return errors.New("sensitivity_mv_per_ppb, sensitivity_mv_per_ppm, sensitivity_na_per_ppm: no number")
	}
	return nil
}

func (c *Cell) validate2() error {
	var errs []error
	if c.ZeroMV == 0 || !finite(c.ZeroMV) {
		errs = append(errs, fmt.Errorf("zero_mv: %v: measure the board's voltage in clean air", c.ZeroMV))
	}
	if c.WEElectronic != 0 || c.AEElectronic != 0 || c.WESensor != 0 || c.AESensor != 0 || len(c.Factors) > 0 {
		errs = append(errs, errors.New("we_electronic_zero_mv, ae_electronic_zero_mv, we_sensor_zero_mv, ae_sensor_zero_mv, factors: "+
			"these are for 4 electrodes: leave them out"))
	}
	return errors.Join(errs...)
}

func (c *Cell) validate4() error {
	var errs []error
	mistake := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.ZeroMV != 0 {
		mistake("zero_mv: is for 2 electrodes: leave it out")
	}
	if _, err := ads1115.Single(c.AE); err != nil {
		mistake("ae: %w", err)
	} else if c.AE == c.WE {
		mistake("ae: %d: is the input of we, too", c.AE)
	}
	if c.Algorithm < 1 || c.Algorithm > 4 {
		mistake("algorithm: %d: AAN 803 has 1 to 4, and says which for this cell", c.Algorithm)
	}
	if c.WEElectronic == 0 || !finite(c.WEElectronic) {
		mistake("we_electronic_zero_mv: %v: take it from the certificate", c.WEElectronic)
	}
	if c.usesAE() && (c.AEElectronic == 0 || !finite(c.AEElectronic)) {
		mistake("ae_electronic_zero_mv: %v: take it from the certificate", c.AEElectronic)
	}
	if c.Algorithm != 1 && (c.WESensor == 0 || !finite(c.WESensor)) {
		mistake("we_sensor_zero_mv: %v: this algorithm wants it; take it from the certificate", c.WESensor)
	}
	if (c.Algorithm == 2 || c.Algorithm == 3) && (c.AESensor == 0 || !finite(c.AESensor)) {
		mistake("ae_sensor_zero_mv: %v: this algorithm wants it; take it from the certificate", c.AESensor)
	}
	return errors.Join(append(errs, c.validateFactors())...)
}

func (c *Cell) validateFactors() error {
	if len(c.Factors) == 0 {
		return errors.New("factors: missing: list celsius and n from AAN 803's table for this cell and algorithm")
	}
	for i, f := range c.Factors {
		if !finite(f.Celsius) || !finite(f.N) || i > 0 && f.Celsius <= c.Factors[i-1].Celsius {
			return fmt.Errorf("factors[%d]: %v °C, n %v: temperatures must rise from one to the next", i, f.Celsius, f.N)
		}
	}
	first, last := c.Factors[0].Celsius, c.Factors[len(c.Factors)-1].Celsius
	if !finite(c.TemperatureC) || len(c.Factors) > 1 && (c.TemperatureC < first || c.TemperatureC > last) {
		return fmt.Errorf("temperature_c: %v: factors cover %v to %v", c.TemperatureC, first, last)
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
