package bme280

import (
	"encoding/binary"
	"sort"
)

// calibration holds the words that Bosch measures in the factory (table 16).
type calibration struct {
	t1                             uint16
	t2, t3                         int16
	p1                             uint16
	p2, p3, p4, p5, p6, p7, p8, p9 int16
	h1                             uint8
	h2                             int16
	h3                             uint8
	h4, h5                         int16 // 12 bits each
	h6                             int8
}

// factory is the example of Bosch's data sheets for temperature and pressure
// (BST-BMP280-DS001, 3.12), with humidity words as parts on the market have
// them.
var factory = calibration{
	t1: 27504, t2: 26435, t3: -1000,
	p1: 36477, p2: -10685, p3: 3024, p4: 2855, p5: 140, p6: -7, p7: 15500, p8: -14600, p9: 6000,
	h1: 75, h2: 362, h3: 0, h4: 315, h5: 50, h6: 30,
}

// low returns registers 88 to A1.
func (c *calibration) low() []byte {
	var b []byte
	put := func(w uint16) { b = binary.LittleEndian.AppendUint16(b, w) }
	put(c.t1)
	put(uint16(c.t2))
	put(uint16(c.t3))
	put(c.p1)
	for _, p := range []int16{c.p2, c.p3, c.p4, c.p5, c.p6, c.p7, c.p8, c.p9} {
		put(uint16(p))
	}
	return append(b, 0, c.h1) // A0 is not used
}

// high returns registers E1 to E7; h4 and h5 share E5.
func (c *calibration) high() []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(c.h2))
	return append(b, c.h3,
		byte(c.h4>>4), byte(c.h4&0xF)|byte(c.h5&0xF)<<4, byte(c.h5>>4), byte(c.h6))
}

// temperature compensates a 20-bit conversion to °C, and returns the fine
// temperature that the other two need.
func (c *calibration) temperature(raw int) (celsius, fine float64) {
	x := float64(raw)/16384 - float64(c.t1)/1024
	y := float64(raw)/131072 - float64(c.t1)/8192
	fine = x*float64(c.t2) + y*y*float64(c.t3)
	return fine / 5120, fine
}

// pressure compensates a 20-bit conversion to Pa.
func (c *calibration) pressure(raw int, fine float64) float64 {
	x := fine/2 - 64000
	y := x * x * float64(c.p6) / 32768
	y += x * float64(c.p5) * 2
	y = y/4 + float64(c.p4)*65536
	x = (float64(c.p3)*x*x/524288 + float64(c.p2)*x) / 524288
	x = (1 + x/32768) * float64(c.p1)
	p := (1048576 - float64(raw) - y/4096) * 6250 / x
	return p + (float64(c.p9)*p*p/2147483648+p*float64(c.p8)/32768+float64(c.p7))/16
}

// humidity compensates a 16-bit conversion to percent.
func (c *calibration) humidity(raw int, fine float64) float64 {
	x := fine - 76800
	h := float64(raw) - (float64(c.h4)*64 + float64(c.h5)/16384*x)
	h *= float64(c.h2) / 65536 * (1 + float64(c.h6)/67108864*x*(1+float64(c.h3)/67108864*x))
	return h * (1 - float64(c.h1)*h/524288)
}

// bisect returns the n-bit conversion whose compensated value comes nearest to
// want, of a formula that rises with the conversion.
func bisect(bits uint, want float64, value func(raw int) float64) int {
	last := 1<<bits - 1
	raw := sort.Search(last, func(raw int) bool { return value(raw) >= want })
	if raw > 0 && want-value(raw-1) < value(raw)-want {
		raw--
	}
	return raw
}
