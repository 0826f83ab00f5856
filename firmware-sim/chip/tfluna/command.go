package tfluna

import (
	"bytes"
	"time"
)

// Commands: 5A, length of the whole, command, parameters, sum.
const (
	head = 0x5A

	cmdVersion = 0x01
	cmdReset   = 0x02
	cmdRate    = 0x03
	cmdTrigger = 0x04
	cmdFormat  = 0x05
	cmdOutput  = 0x07
	cmdFactory = 0x10
	cmdSave    = 0x11

	shortest = 4
	// longestCommand is the longest there is; more is noise.
	longestCommand = 14
)

// Receive takes bytes that the host has sent. A command whose sum is neither
// right nor 0 is ignored: the manuals' own examples have 0.
func (c *Chip) Receive(at time.Time, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in = append(c.in, b...)
	for len(c.in) > 0 {
		if c.in[0] != head || len(c.in) > 1 && (c.in[1] < shortest || c.in[1] > longestCommand) {
			c.in = c.in[1:]
			continue
		}
		if len(c.in) < 2 || len(c.in) < int(c.in[1]) {
			return
		}
		frame := bytes.Clone(c.in[:c.in[1]])
		last := len(frame) - 1
		if sum := frame[last]; sum != 0 && sum != seal(frame[:last:last])[last] {
			c.in = c.in[1:]
			continue
		}
		c.in = append(c.in[:0], c.in[len(frame):]...)
		c.obey(at, frame[2], frame[3:last])
	}
}

func (c *Chip) obey(at time.Time, command byte, with []byte) {
	switch {
	case command == cmdVersion:
		c.answer(cmdVersion, 1, 2, 3) // V3.2.1
	case command == cmdReset:
		c.reset()
		c.answer(cmdReset, 0)
	case command == cmdRate && len(with) == 2:
		c.set.hertz = c.rate(int(with[0]) | int(with[1])<<8)
		c.next = time.Time{}
		c.answer(cmdRate, byte(c.set.hertz), byte(c.set.hertz>>8))
	case command == cmdTrigger:
		if s, ok := c.sample(at); ok && c.set.hertz == 0 {
			c.queue(c.frame(s))
		}
	case command == cmdFormat && len(with) == 1:
		if with[0] == 1 || with[0] == 6 {
			c.set.millis = with[0] == 6
		}
		c.answer(cmdFormat, 1+5*flag(c.set.millis))
	case command == cmdOutput && len(with) == 1:
		c.set.off = with[0] == 0
		c.answer(cmdOutput, flag(!c.set.off))
	case command == cmdFactory:
		c.set, c.saved, c.next = factory, factory, time.Time{}
		c.answer(cmdFactory, 0)
	case command == cmdSave:
		c.saved = c.set
		c.answer(cmdSave, 0)
	}
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// rate is the frames a second that the chip makes of what it is asked for: a
// TF-Luna 500/n up to 250, a TFmini-Plus 1000/n up to 1000.
func (c *Chip) rate(hertz int) int {
	base, most := 500, 250
	if c.model == TFminiPlus {
		base, most = 1000, 1000
	}
	if hertz == 0 {
		return 0
	}
	hertz = min(hertz, most)
	return base / ((base + hertz - 1) / hertz)
}

func (c *Chip) answer(command byte, with ...byte) {
	c.queue(seal(append([]byte{head, byte(shortest + len(with)), command}, with...)))
}

func (c *Chip) queue(message []byte) {
	if len(c.answers) < maxAnswers {
		c.answers = append(c.answers, message)
	}
}
