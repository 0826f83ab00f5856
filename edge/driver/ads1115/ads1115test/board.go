package ads1115test

import (
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/siaga-id/siaga/edge/driver"
)

// Address is where the converter answers, Bus what its bus is called.
const (
	Address = 0x48
	Bus     = "1"
)

// ErrNACK is what the bus says when nobody answers.
var ErrNACK = errors.New("remote I/O error")

// conversion is how long one takes at 8 samples a second.
const conversion = 125 * time.Millisecond

var spans = [8]float64{6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256}

// Board has nothing but the bus; its other methods panic. Its methods may be
// called concurrently.
type Board struct {
	driver.Board

	mu      sync.Mutex
	volts   [4]float64
	absent  bool
	noisy   bool
	failing byte // a read of this register fails, from the power-up on never
	reads   byte
	regs    [4]uint16
	until   time.Time // when the conversion that runs ends
	result  uint16
	handles int
}

// NewBoard returns a board whose inputs are at 0 V.
func NewBoard() *Board {
	b := &Board{}
	b.PowerUp()
	return b
}

// PowerUp puts the registers to what they are after power-up, and ends faults.
func (b *Board) PowerUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.absent, b.noisy, b.failing = false, false, 0xFF
	b.regs = [4]uint16{0, 0x8583, 0x8000, 0x7FFF}
}

// Set puts inputs, from A0 on, to voltages.
func (b *Board) Set(volts ...float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	copy(b.volts[:], volts)
}

// Remove takes the chip off the bus, until PowerUp.
func (b *Board) Remove() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.absent = true
}

// Garble flips bits in whatever is read, differently each time, until PowerUp.
func (b *Board) Garble() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.noisy = true
}

// Break makes every read of a register fail, until PowerUp.
func (b *Board) Break(register byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failing = register
}

// RunFreely makes the chip convert for ever, as another program may have left it.
func (b *Board) RunFreely() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.regs[1] = 0x0483
}

// Handles returns how many bus handles are open.
func (b *Board) Handles() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.handles
}

// I2C implements driver.Board.
func (b *Board) I2C(name string) (i2c.BusCloser, error) {
	if name != Bus {
		return nil, errors.New("no such bus")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.handles++
	return &bus{b}, nil
}

type bus struct{ board *Board }

func (*bus) String() string                  { return "I2C" + Bus }
func (*bus) SetSpeed(physic.Frequency) error { return nil }

func (h *bus) Close() error {
	h.board.mu.Lock()
	defer h.board.mu.Unlock()
	h.board.handles--
	return nil
}

func (h *bus) Tx(addr uint16, w, r []byte) error {
	b := h.board
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.absent || addr != Address || len(r) > 0 && w[0] == b.failing {
		return ErrNACK
	}
	if b.regs[1]&0x8100 == 0x0100 && !time.Now().Before(b.until) {
		b.regs[0] = b.result
		b.regs[1] |= 0x8000
	}
	if len(r) > 0 {
		binary.BigEndian.PutUint16(r, b.regs[w[0]])
		if b.noisy {
			b.reads++
			r[0] ^= b.reads & 0x7F
			r[1] ^= b.reads
		}
		return nil
	}
	b.set(w[0], binary.BigEndian.Uint16(w[1:]))
	return nil
}

func (b *Board) set(reg byte, v uint16) {
	if reg != 1 {
		b.regs[reg] = v
		return
	}
	running := b.regs[1]&0x8000 == 0
	start := v&0x8000 != 0 && !running
	b.regs[1] = v
	if running || start {
		b.regs[1] &^= 0x8000
	}
	if start {
		b.until = time.Now().Add(conversion)
		b.result = uint16(b.code(v))
	}
}

// code is what a conversion with a setting gives.
func (b *Board) code(set uint16) int16 {
	v := b.volts
	input := [8]float64{v[0] - v[1], v[0] - v[3], v[1] - v[3], v[2] - v[3], v[0], v[1], v[2], v[3]}[set>>12&7]
	code := math.Round(input / spans[set>>9&7] * 0x8000)
	return int16(max(-0x8000, min(0x7FFF, code)))
}
