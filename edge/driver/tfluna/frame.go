package tfluna

import "encoding/binary"

const (
	size = 9
	head = 0x59
)

// frame is what the driver uses of a frame.
type frame struct {
	distance  uint16 // cm, or a special value
	amplitude uint16
}

const (
	weakest  = 100    // amplitude
	overload = 0xFFFF // amplitude
)

// parse looks at the beginning of b. It returns how many bytes are done with and,
// where those are a valid frame, the frame and true. 0 bytes means that there is
// the beginning of a frame that needs more.
func parse(b []byte) (frame, int, bool) {
	if b[0] != head {
		return frame{}, 1, false
	}
	if len(b) < size {
		return frame{}, 0, false
	}
	var sum byte
	for _, c := range b[:size-1] {
		sum += c
	}
	if b[1] != head || sum != b[size-1] {
		return frame{}, 1, false
	}
	return frame{binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint16(b[4:])}, size, true
}

// recognise wants two frames in a row: one byte of checksum is little.
func recognise(heard []byte) bool {
	row := 0
	for len(heard) > 0 {
		_, n, ok := parse(heard)
		if n == 0 {
			return false
		}
		heard = heard[n:]
		if !ok {
			row = 0
			continue
		}
		if row++; row == 2 {
			return true
		}
	}
	return false
}
