package sgp30

import "time"

// Commands (table 10).
const (
	cmdInit        = 0x2003
	cmdMeasure     = 0x2008
	cmdBaseline    = 0x2015
	cmdSetBaseline = 0x201E
	cmdHumidity    = 0x2061
	cmdTest        = 0x2032
	cmdFeatureSet  = 0x202F
	cmdRaw         = 0x2050
	cmdInceptive   = 0x20B3
	cmdSetTVOC     = 0x2077
	cmdSerial      = 0x3682
)

// takes is the longest time that a command takes, and args how many words it
// wants (table 10).
var takes = map[uint16]struct {
	length time.Duration
	args   int
}{
	cmdInit:        {10 * time.Millisecond, 0},
	cmdMeasure:     {12 * time.Millisecond, 0},
	cmdBaseline:    {10 * time.Millisecond, 0},
	cmdSetBaseline: {10 * time.Millisecond, 2},
	cmdHumidity:    {10 * time.Millisecond, 1},
	cmdTest:        {220 * time.Millisecond, 0},
	cmdFeatureSet:  {10 * time.Millisecond, 0},
	cmdRaw:         {25 * time.Millisecond, 0},
	cmdInceptive:   {10 * time.Millisecond, 0},
	cmdSetTVOC:     {10 * time.Millisecond, 1},
	cmdSerial:      {500 * time.Microsecond, 0},
}

// command starts a command, or says that the chip does not acknowledge it.
func (c *Chip) command(at time.Time, which uint16, args []uint16) bool {
	k, ok := takes[which]
	if !ok || k.args != len(args) {
		return false
	}
	c.busy, c.took, c.answer = at.Add(k.length), k.length, nil
	switch which {
	case cmdInit:
		c.running, c.begun = true, at
		c.co2Base, c.tvocBase = 0, 0
	case cmdMeasure:
		c.answer = c.measure(c.busy)
	case cmdBaseline:
		co2, tvoc := c.baselines(at)
		c.answer = []uint16{co2, tvoc}
	case cmdSetBaseline: // the other way round than it is read
		c.tvocBase, c.co2Base = args[0], args[1]
	case cmdTest:
		c.answer = []uint16{testPassed}
		if c.fault == HeaterOff {
			c.answer = []uint16{testFailed}
		}
	case cmdFeatureSet:
		c.answer = []uint16{featureSet}
		if c.fault == WrongID {
			c.answer = []uint16{foreignFeatureSet}
		}
	case cmdRaw:
		c.answer = c.raw(c.busy)
	case cmdInceptive:
		_, tvoc := c.baselines(at)
		c.answer = []uint16{tvoc}
	case cmdSetTVOC:
		c.tvocBase = args[0]
	case cmdSerial:
		c.answer = []uint16{0x0000, 0x0124, 0x7C5B}
	}
	return true
}
