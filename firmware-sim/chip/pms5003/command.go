package pms5003

import "time"

// Commands of the host: 42 4D, command, two data bytes, 16-bit sum.
const (
	cmdMode  = 0xE1 // data 0 passive, 1 active
	cmdRead  = 0xE2 // asks for one frame in passive mode
	cmdSleep = 0xE4 // data 0 sleep, 1 wake

	commandLen = 7
	// maxAnswers bounds what a host can make the chip hold by never reading.
	maxAnswers = 8
)

// Receive takes bytes that the host has sent. Anything that is not a whole
// command with a right sum is ignored, as the chip does.
func (c *Chip) Receive(at time.Time, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.power(at)
	c.in = append(c.in, b...)
	for len(c.in) > 0 {
		if c.in[0] != 0x42 || len(c.in) > 1 && c.in[1] != 0x4D {
			c.in = c.in[1:]
			continue
		}
		if len(c.in) < commandLen {
			return
		}
		sum := uint16(0)
		for _, v := range c.in[:commandLen-2] {
			sum += uint16(v)
		}
		if byte(sum>>8) != c.in[5] || byte(sum) != c.in[6] {
			c.in = c.in[1:]
			continue
		}
		command, data := c.in[2], c.in[4]
		c.in = append(c.in[:0], c.in[commandLen:]...)
		c.obey(at, command, data)
	}
}

func (c *Chip) obey(at time.Time, command, data byte) {
	if c.asleep && !(command == cmdSleep && data == 1) {
		return // asleep, only waking is heard
	}
	switch {
	case command == cmdMode && data <= 1:
		c.passive = data == 0
		c.next = time.Time{}
		c.confirm(command, data)
	case command == cmdRead && data == 0 && c.passive:
		if f, ok := c.frame(at); ok {
			c.answer(f)
		}
	case command == cmdSleep && data == 0:
		c.asleep = true
		c.confirm(command, data)
	case command == cmdSleep && data == 1 && c.asleep:
		// Waking is confirmed by frames, not by an answer. The mode stays.
		c.asleep, c.woke, c.next = false, at, time.Time{}
	}
}

// confirm answers a command with the chip's 8 bytes.
func (c *Chip) confirm(command, data byte) {
	c.answer(seal([]byte{0x42, 0x4D, 0, 4, command, data, 0, 0}))
}

func (c *Chip) answer(message []byte) {
	if len(c.answers) < maxAnswers {
		c.answers = append(c.answers, message)
	}
}
