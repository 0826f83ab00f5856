package sps30

// Marks of SHDLC (5.2).
const (
	mark   = 0x7E
	escape = 0x7D
	flip   = 0x20

	// maxStuffed is the longest stuffed frame that can be one; a host that sends
	// more without a mark is not heard.
	maxStuffed = 2 * (255 + 4)
	// maxAnswers bounds what a host can make the sensor hold by never reading.
	maxAnswers = 8
)

// checksum is the inverted low byte of the sum.
func checksum(b []byte) byte {
	var sum byte
	for _, v := range b {
		sum += v
	}
	return ^sum
}

// seal is an answer from address 0 with its marks.
func seal(command, state byte, data []byte) []byte {
	f := append([]byte{0, command, state, byte(len(data))}, data...)
	f = append(f, checksum(f))
	b := []byte{mark}
	for _, v := range f {
		switch v {
		case mark, escape, 0x11, 0x13:
			b = append(b, escape, v^flip)
		default:
			b = append(b, v)
		}
	}
	return append(b, mark)
}

// unstuff undoes the stuffing. False is an escape with nothing behind it.
func unstuff(b []byte) ([]byte, bool) {
	var f []byte
	for i := 0; i < len(b); i++ {
		v := b[i]
		if v == escape {
			if i++; i == len(b) {
				return nil, false
			}
			v = b[i] ^ flip
		}
		f = append(f, v)
	}
	return f, true
}
