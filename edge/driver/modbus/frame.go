package modbus

import (
	"encoding/binary"
	"fmt"
)

// Query asks for Count registers, 1 to 125, from Address on.
type Query struct {
	// Unit is the slave's number, 1 to 247.
	Unit uint8
	// Function is 3 for holding registers, 4 for input registers.
	Function uint8
	// Address counts from 0, as it is sent. Manuals that count from 1, or say 30001
	// or 40001, mean one less.
	Address uint16
	Count   uint8
}

const mostRegisters = 125

// Validate wants a request that slaves can answer.
func (q Query) Validate() error {
	switch {
	case q.Unit < 1 || q.Unit > 247:
		return fmt.Errorf("unit: %d: slaves have 1 to 247", q.Unit)
	case q.Function != 3 && q.Function != 4:
		return fmt.Errorf("function: %d: 3 reads holding registers, 4 input registers", q.Function)
	case q.Count < 1 || q.Count > mostRegisters:
		return fmt.Errorf("count: %d registers: 1 to %d can be asked for", q.Count, mostRegisters)
	case int(q.Address)+int(q.Count) > 0x10000:
		return fmt.Errorf("register: %d: %d from there on end beyond 65535", q.Address, q.Count)
	}
	return nil
}

// Exception is the code with which a slave refuses.
type Exception uint8

// Error implements error.
func (e Exception) Error() string {
	names := map[Exception]string{
		1: "it has no such function: try 3 or 4", 2: "it has no such register", 3: "it refuses the number of registers",
		4: "it has failed", 6: "it is busy", 11: "what is behind the gateway does not answer",
	}
	if name, ok := names[e]; ok {
		return fmt.Sprintf("exception %d: %s", uint8(e), name)
	}
	return fmt.Sprintf("exception %d", uint8(e))
}

// Request returns q as it is sent.
func Request(q Query) []byte {
	b := []byte{q.Unit, q.Function}
	b = binary.BigEndian.AppendUint16(b, q.Address)
	b = binary.BigEndian.AppendUint16(b, uint16(q.Count))
	return binary.LittleEndian.AppendUint16(b, crc(b))
}

// answer is what a slave said to a query: registers, or an exception that is not
// 0.
type answer struct {
	registers []uint16
	exception Exception
}

// exceptionFrame is the length of the shortest answer.
const exceptionFrame = 5

// parse looks for the answer to q in b. It returns how many bytes are done with;
// 0 means that more are needed. other is another slave's whole answer.
func parse(b []byte, q Query) (a answer, n int, ok, other bool) {
	if len(b) < 3 {
		return answer{}, 0, false, false
	}
	size, exception := 0, false
	switch {
	case b[1] == q.Function && b[2] == 2*q.Count:
		size = 3 + int(b[2]) + 2
	case b[1] == q.Function|0x80:
		size, exception = exceptionFrame, true
	default:
		return answer{}, 1, false, false
	}
	if len(b) < size {
		return answer{}, 0, false, false
	}
	if crc(b[:size]) != 0 { // so it is of a frame with its CRC
		return answer{}, 1, false, false
	}
	if b[0] != q.Unit {
		return answer{}, size, false, true
	}
	if exception {
		return answer{exception: Exception(b[2])}, size, true, false
	}
	for i := 3; i < size-2; i += 2 {
		a.registers = append(a.registers, binary.BigEndian.Uint16(b[i:]))
	}
	return a, size, true, false
}

// search returns the answer to q in b, whether it is there, and whether another
// slave's is.
func search(b []byte, q Query) (a answer, ok, other bool) {
	for len(b) > 0 {
		found, n, ok, foreign := parse(b, q)
		other = other || foreign
		if ok {
			return found, true, other
		}
		if n == 0 {
			n = 1 // what looks like a longer frame may hide a whole one
		}
		b = b[n:]
	}
	return answer{}, false, other
}

// Answered reports whether the answer to q, or an exception, is in what was heard.
func Answered(heard []byte, q Query) bool {
	_, ok, _ := search(heard, q)
	return ok
}

func crc(b []byte) uint16 {
	c := uint16(0xFFFF)
	for _, v := range b {
		c ^= uint16(v)
		for range 8 {
			odd := c&1 != 0
			c >>= 1
			if odd {
				c ^= 0xA001
			}
		}
	}
	return c
}
