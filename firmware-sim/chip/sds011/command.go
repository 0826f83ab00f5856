package sds011

import (
	"math"
	"time"
)

// Marks of a frame.
const (
	head    = 0xAA
	tail    = 0xAB
	request = 0xB4
	reply   = 0xC5
	data    = 0xC0
)

// Commands of the host: AA B4, command, 12 data bytes, id, sum, AB.
const (
	cmdMode     = 0x02 // reporting mode: 0 by itself, 1 when queried
	cmdQuery    = 0x04
	cmdID       = 0x05
	cmdSleep    = 0x06 // 0 sleeps, 1 works
	cmdFirmware = 0x07
	cmdPeriod   = 0x08 // minutes; 0 is continuous

	commandLen = 19
	longest    = 30 // minutes
	// maxAnswers bounds what a host can make the chip hold by never reading.
	maxAnswers = 8
)

// firmware is the day it was made, 2015-07-10, as in the protocol's example.
var firmware = [3]byte{0x0F, 0x07, 0x0A}

// Receive takes bytes that the host has sent. Anything that is not a whole
// command with a right sum, for this chip or for all, is ignored, as the chip
// does.
func (c *Chip) Receive(at time.Time, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(at)
	c.in = append(c.in, b...)
	for len(c.in) > 0 {
		if c.in[0] != head || len(c.in) > 1 && c.in[1] != request {
			c.in = c.in[1:]
			continue
		}
		if len(c.in) < commandLen {
			return
		}
		if c.in[commandLen-1] != tail || sum(c.in[2:commandLen-2]) != c.in[commandLen-2] {
			c.in = c.in[1:]
			continue
		}
		command := [commandLen]byte(c.in)
		c.in = append(c.in[:0], c.in[commandLen:]...)
		if to := [2]byte(command[15:]); to == c.id || to == [2]byte{0xFF, 0xFF} {
			c.obey(at, command)
		}
	}
}

func (c *Chip) obey(at time.Time, b [commandLen]byte) {
	command, set, value := b[2], b[3], b[4]
	if c.asleep && (command != cmdSleep || set != 1 || value != 1) {
		return // asleep, only waking is heard
	}
	switch command {
	case cmdMode:
		if value <= 1 && set == 1 {
			c.onQuery = value == 1
			c.arm(at)
		}
		c.confirm(command, set, flag(c.onQuery), 0)
	case cmdQuery:
		if s, ok := c.read(at); ok {
			c.answer(c.report(s))
		}
	case cmdID:
		c.id = [2]byte(b[13:])
		c.confirm(command, 0, 0, 0)
	case cmdSleep:
		switch {
		case set == 1 && value == 0:
			c.asleep = true
		case set == 1 && value == 1 && c.asleep:
			c.wake(at)
		}
		c.confirm(command, set, flag(!c.asleep), 0)
	case cmdFirmware:
		c.confirm(command, firmware[0], firmware[1], firmware[2])
	case cmdPeriod:
		if period := time.Duration(value) * time.Minute; set == 1 && value <= longest && period != c.period {
			c.period, c.since, c.blank = period, at, false
			c.arm(at)
		}
		c.confirm(command, set, byte(c.period/time.Minute), 0)
	}
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// confirm answers a command.
func (c *Chip) confirm(command, a, b, d byte) {
	c.answer(c.seal(reply, command, a, b, d))
}

func (c *Chip) answer(message []byte) {
	if len(c.answers) < maxAnswers {
		c.answers = append(c.answers, message)
	}
}

// report is a reading in tenths of µg/m³, low bytes first.
func (c *Chip) report(s Sample) []byte {
	fine, coarse := tenths(s.PM2_5, 9999), tenths(s.PM10, 19999)
	return c.seal(data, byte(fine), byte(fine>>8), byte(coarse), byte(coarse>>8))
}

func tenths(v, most float64) uint16 {
	return uint16(math.Max(0, math.Min(most, math.Round(10*v))))
}

// seal is AA, kind, four bytes, id, the low byte of the sum of these six, AB.
func (c *Chip) seal(kind, a, b, d, e byte) []byte {
	f := []byte{head, kind, a, b, d, e, c.id[0], c.id[1], 0, tail}
	f[8] = sum(f[2:8])
	return f
}

func sum(b []byte) (s byte) {
	for _, v := range b {
		s += v
	}
	return s
}
