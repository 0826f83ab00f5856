package gascell

import "github.com/siaga-id/siaga/internal/reading"

// Cell is a cell and its board, as its certificate and wiring say; to be embedded
// in options with `mapstructure:",squash"`.
type Cell struct {
	// Gas is co, no2, so2 or o3.
	Gas string `mapstructure:"gas"`
	// Electrodes is 2 for one voltage, 4 for one with an auxiliary electrode's.
	Electrodes int `mapstructure:"electrodes"`
	// WE and AE are the converter's inputs, 0 to 3; AE is only for 4 electrodes.
	WE int `mapstructure:"we"`
	AE int `mapstructure:"ae"`
	// FullScaleV is the most that the board gives, in volts.
	FullScaleV float64 `mapstructure:"full_scale_v"`

	// One of these says how the voltage follows the gas.
	MVPerPPB float64 `mapstructure:"sensitivity_mv_per_ppb"`
	MVPerPPM float64 `mapstructure:"sensitivity_mv_per_ppm"`
	NAPerPPM float64 `mapstructure:"sensitivity_na_per_ppm"`
	// GainKVPerA goes with NAPerPPM: the board's amplifier.
	GainKVPerA float64 `mapstructure:"gain_kv_per_a"`

	// ZeroMV is what 2 electrodes give in clean air.
	ZeroMV float64 `mapstructure:"zero_mv"`

	// Algorithm is which of AAN 803's four corrects 4 electrodes; the others, in
	// mV, are on the certificate: the zeros of board (WEe, AEe) and cell (WEo, AEo).
	Algorithm    int     `mapstructure:"algorithm"`
	WEElectronic float64 `mapstructure:"we_electronic_zero_mv"`
	AEElectronic float64 `mapstructure:"ae_electronic_zero_mv"`
	WESensor     float64 `mapstructure:"we_sensor_zero_mv"`
	AESensor     float64 `mapstructure:"ae_sensor_zero_mv"`
	// Factors is the note's row for this cell and algorithm, by rising temperature.
	Factors []Factor `mapstructure:"factors"`
	// TemperatureC is the cell's usual temperature in °C.
	TemperatureC float64 `mapstructure:"temperature_c"`
}

// Factor is the temperature factor at one temperature.
type Factor struct {
	Celsius float64 `mapstructure:"celsius"`
	N       float64 `mapstructure:"n"`
}

// DefaultCell has what most cells have in common, and 25 °C, which is about the
// mean of the year in Blitar.
var DefaultCell = Cell{AE: 1, FullScaleV: 3, Algorithm: 1, TemperatureC: 25}

// gases by what configurations call them. The masses in g/mol are those of the
// elements' standard atomic weights (IUPAC, abridged).
var gases = map[string]struct {
	quantity  reading.Quantity
	molarMass float64
}{
	"co":  {reading.CO, 28.010},
	"no2": {reading.NO2, 46.006},
	"so2": {reading.SO2, 64.066},
	"o3":  {reading.O3, 47.998},
}

// molarVolume of a gas at 25 °C and 1 atm, in litres per mol.
const molarVolume = 24.45

// usesAE reports whether the auxiliary electrode's voltage is wanted.
func (c *Cell) usesAE() bool { return c.Electrodes == 4 && c.Algorithm != 4 }

// microgrammes returns what the electrodes' voltages in mV mean, in µg/m³.
func (c *Cell) microgrammes(we, ae float64) float64 {
	ppb := c.signal(we, ae) / c.sensitivity()
	return ppb * gases[c.Gas].molarMass / molarVolume
}

// signal returns the part of the voltage that the gas makes, in mV.
func (c *Cell) signal(we, ae float64) float64 {
	if c.Electrodes == 2 {
		return we - c.ZeroMV
	}
	we -= c.WEElectronic
	ae -= c.AEElectronic
	n := interpolate(c.Factors, c.TemperatureC)
	switch c.Algorithm {
	case 2:
		return we - n*(c.WESensor/c.AESensor)*ae
	case 3:
		return we - (c.WESensor - c.AESensor) - n*ae
	case 4:
		return we - c.WESensor - n
	}
	return we - n*ae
}

// sensitivity returns mV per ppb.
func (c *Cell) sensitivity() float64 {
	switch {
	case c.MVPerPPB != 0:
		return c.MVPerPPB
	case c.MVPerPPM != 0:
		return c.MVPerPPM / 1000
	}
	const mvPerNAkVPerA = 1e-3 // nA · kV/A is µV
	return c.NAPerPPM * c.GainKVPerA * mvPerNAkVPerA / 1000
}

// interpolate returns the factor at a temperature that the table covers.
func interpolate(factors []Factor, celsius float64) float64 {
	for i := 1; i < len(factors); i++ {
		if a, b := factors[i-1], factors[i]; celsius <= b.Celsius {
			return a.N + (b.N-a.N)*(celsius-a.Celsius)/(b.Celsius-a.Celsius)
		}
	}
	return factors[0].N // the only one
}
