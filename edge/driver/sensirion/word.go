package sensirion

import (
	"encoding/binary"
	"fmt"

	"github.com/siaga-id/siaga/edge/driver"
)

// WordSize is how many bytes a word takes on the bus, with its checksum.
const WordSize = 3

// CRC returns the checksum of a word's bytes.
func CRC(word ...byte) byte {
	crc := byte(0xFF)
	for _, b := range word {
		crc ^= b
		for range 8 {
			if crc&0x80 != 0 {
				crc = crc<<1 ^ 0x31
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// Append adds words to b as they travel.
func Append(b []byte, words ...uint16) []byte {
	for _, w := range words {
		hi, lo := byte(w>>8), byte(w)
		b = append(b, hi, lo, CRC(hi, lo))
	}
	return b
}

// Words returns what b says, or a driver.ErrChecksum where any word is damaged
// or cut off. The caller owns the slice.
func Words(b []byte) ([]uint16, error) {
	if len(b)%WordSize != 0 {
		return nil, fmt.Errorf("%w: %d bytes are no whole words", driver.ErrChecksum, len(b))
	}
	words := make([]uint16, 0, len(b)/WordSize)
	for i := 0; i < len(b); i += WordSize {
		if CRC(b[i], b[i+1]) != b[i+2] {
			return nil, fmt.Errorf("%w: word %d of % x fails its checksum", driver.ErrChecksum, len(words), b)
		}
		words = append(words, binary.BigEndian.Uint16(b[i:]))
	}
	return words, nil
}
