package scd4x

import "encoding/binary"

// crc is Sensirion's over a word: polynomial 31, start FF (3.11).
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

// encode puts a CRC after every word.
func encode(words []uint16) []byte {
	var b []byte
	for _, w := range words {
		b = binary.BigEndian.AppendUint16(b, w)
		b = append(b, crc(b[len(b)-2:]))
	}
	return b
}

// decode is a command and the words behind it. False is a piece of a word or a
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
