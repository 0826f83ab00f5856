package sps30

import "encoding/binary"

// crc is Sensirion's over a word: polynomial 31, start FF (6.2).
func crc(b []byte) byte {
	sum := byte(0xFF)
	for _, v := range b {
		sum ^= v
		for range 8 {
			carry := sum&0x80 != 0
			sum <<= 1
			if carry {
				sum ^= 0x31
			}
		}
	}
	return sum
}

// protect puts a CRC after every word of b.
func protect(b []byte) []byte {
	var p []byte
	for i := 0; i+1 < len(b); i += 2 {
		p = append(p, b[i], b[i+1], crc(b[i:i+2]))
	}
	return p
}

// decode is a pointer and the words behind it. False is a piece of a word or a
// wrong CRC.
func decode(w []byte) ([]uint16, bool) {
	if len(w)%3 != 2 {
		return nil, false
	}
	words := []uint16{binary.BigEndian.Uint16(w)}
	for i := 2; i < len(w); i += 3 {
		if crc(w[i:i+2]) != w[i+2] {
			return nil, false
		}
		words = append(words, binary.BigEndian.Uint16(w[i:]))
	}
	return words, true
}
