package modbus

import (
	"encoding/binary"
	"time"
)

// Functions, and exceptions (application protocol, 6.3, 6.4 and 7).
const (
	readHolding = 3
	readInput   = 4

	illegalFunction = 1
	illegalAddress  = 2
	illegalValue    = 3
	deviceFailure   = 4
	deviceBusy      = 6

	refused = 0x80 // in the function of an exception
	// most is how many registers can be asked for at once.
	most = 125
	// requestLen is address, function, register, count and checksum.
	requestLen = 8
)

// obey returns the answer to a frame, or nil where the slave keeps silent.
func (c *Chip) obey(at time.Time, f []byte) []byte {
	if len(f) < 4 || len(f) > maxFrame || f[0] != c.address {
		return nil
	}
	if body := f[:len(f)-2]; crc(body) != binary.LittleEndian.Uint16(f[len(body):]) {
		return nil
	}
	s, ok := c.table(at)
	if !ok {
		return nil
	}
	return c.seal(c.read(s, f))
}

// read returns the answer to a request without its checksum.
func (c *Chip) read(s Sample, f []byte) []byte {
	registers := s.Holding
	if f[1] == readInput {
		registers = s.Input
	}
	switch {
	case c.fault == DeviceFailure:
		return c.refuse(f[1], deviceFailure)
	case c.fault == Busy:
		return c.refuse(f[1], deviceBusy)
	case f[1] != readHolding && f[1] != readInput:
		return c.refuse(f[1], illegalFunction)
	case len(f) != requestLen:
		return c.refuse(f[1], illegalValue)
	}
	first, count := int(binary.BigEndian.Uint16(f[2:])), int(binary.BigEndian.Uint16(f[4:]))
	if count < 1 || count > most {
		return c.refuse(f[1], illegalValue)
	}
	answer := []byte{c.address, f[1], byte(2 * count)}
	for i := first; i < first+count; i++ {
		v, ok := registers[uint16(i)]
		if !ok || i > 0xFFFF {
			return c.refuse(f[1], illegalAddress)
		}
		answer = binary.BigEndian.AppendUint16(answer, v)
	}
	return answer
}

func (c *Chip) refuse(function, exception byte) []byte {
	return []byte{c.address, function | refused, exception}
}

func (c *Chip) seal(body []byte) []byte {
	sum := crc(body)
	if c.fault == BrokenCRC {
		sum ^= 0x0180
	}
	return binary.LittleEndian.AppendUint16(body, sum)
}

// crc is CRC-16/MODBUS (serial line guide, 6.2.2).
func crc(b []byte) uint16 {
	sum := uint16(0xFFFF)
	for _, v := range b {
		sum ^= uint16(v)
		for range 8 {
			low := sum & 1
			sum >>= 1
			if low != 0 {
				sum ^= 0xA001
			}
		}
	}
	return sum
}
