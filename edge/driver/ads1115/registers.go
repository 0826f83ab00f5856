package ads1115

import "fmt"

const (
	regConversion = 0
	regConfig     = 1
	regLow        = 2
	regHigh       = 3
)

// Parts of the config register.
const (
	ready      = 1 << 15 // read; written it starts a conversion
	singleShot = 1 << 8
	rate8      = 0      // bits 7-5: 8 samples a second
	noAlert    = 3      // bits 1-0: the comparator is off
	powerUp    = 0x8583 // the register after power-up
)

const (
	fullCode   = 0x7FFF
	lowestCode = -0x8000
)

// spans are the voltages that the codes stretch over, by their setting.
var spans = [...]float64{6.144, 4.096, 2.048, 1.024, 0.512, 0.256}

// spanFor returns the setting of the finest span that shows up to maxV.
func spanFor(maxV float64) (int, error) {
	for i := len(spans) - 1; i >= 0; i-- {
		if maxV > 0 && maxV <= spans[i] {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%v V: an ADS1115 shows up to %v", maxV, spans[0])
}

// config returns what to write to the config register.
func config(in Input, span int) uint16 {
	return ready | uint16(in)<<12 | uint16(span)<<9 | singleShot | rate8<<5 | noAlert
}

// volts returns what a code means, and whether it is within the span.
func volts(code int16, span int) (v float64, within bool) {
	return float64(code) * spans[span] / 0x8000, code < fullCode && code > lowestCode
}
