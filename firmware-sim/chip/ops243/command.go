package ops243

import (
	"fmt"
	"strings"
	"time"
)

// bauds are the speeds that I1 to I5 set.
var bauds = [...]int{9600, 19200, 57600, 115200, 230400}

// maxCommand is how long a command with a number may be.
const maxCommand = 16

// Receive takes commands that the host has sent: two letters each, or with a
// comparison (R>10) up to the end of the line. Line ends and spaces between
// commands are skipped, and what the radar does not know is ignored.
func (c *Chip) Receive(_ time.Time, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range b {
		end := strings.IndexByte("\r\n \t", v) >= 0
		if end && len(c.in) == 0 {
			continue
		}
		if !end {
			c.in = append(c.in, v)
		}
		long := len(c.in) >= 2 && strings.IndexByte("<>=", c.in[1]) >= 0
		if end || len(c.in) == 2 && !long || len(c.in) == maxCommand {
			c.obey(string(c.in))
			c.in = c.in[:0]
		}
	}
}

func (c *Chip) obey(command string) {
	if len(command) != 2 {
		return
	}
	switch first, second := command[0], command[1]; first {
	case '?':
		c.ask(second)
	case 'O':
		c.output(second)
	case 'U':
		if _, ok := units[second]; ok {
			c.set.units = second
		}
		if _, ok := units[second]; ok || second == '?' {
			c.answer(`{"Units":"%s"}`, units[c.set.units].answer)
		}
	case 'I':
		if second >= '1' && second <= '5' {
			c.set.baud = bauds[second-'1']
		} else if second != '?' {
			return
		}
		c.answer(`{"BaudRate":"%d"}`, c.set.baud)
	case 'F':
		if second >= '0' && second <= '5' {
			c.set.decimals = int(second - '0')
		} else if second != '?' {
			return
		}
		c.answer(`{"Precision":"%d"}`, c.set.decimals)
	case 'A':
		switch second {
		case '!':
			c.saved = c.set
		case 'X':
			c.set, c.saved = factory, factory
		}
	}
}

// output sets what reports look like; a small letter takes it away again.
func (c *Chip) output(letter byte) {
	on := letter < 'a'
	switch letter &^ 0x20 {
	case 'J':
		c.set.json = on
	case 'M':
		c.set.magnitude = on
	case 'T':
		c.set.time = on
	case 'U':
		c.set.showUnits = on
	default:
		return
	}
	c.answer(`{"OutputFeature":"%c"}`, letter)
}

// ask answers a question about the module.
func (c *Chip) ask(about byte) {
	switch about {
	case '?':
		c.info()
	case 'P':
		c.answer(`{"Product":"OPS243 Doppler"}`)
	case 'V':
		c.answer(`{"Version":"1.3.1"}`)
	case 'B':
		c.answer(`{"Build":"20181005_1335"}`)
	case 'U':
		c.answer(`{"UID":"b2000040b7a12400d5188041"}`)
	case 'R':
		c.answer(`{ "ResetReason": "Status from bitmask", "Power On" : true, "Supply Watchdog" : true, "Power Validation" : true }`)
	}
}

// info is the answer to ??, and what the radar says at power-up.
func (c *Chip) info() {
	c.answer(`{"Product":"OPS243"}`)
	c.answer(`{"Version":"1.3.1"}`)
	c.answer(`{"SamplingRate":10000, "resolution":0.0607}`)
	c.answer(`{"SampleSize":1024}`)
	c.answer(`{"PowerMode":"Continuous"}`)
	c.answer(`{"Squelch":"100"}`)
	c.answer(`{"RequiredMinSpeed":"0.000"}`)
}

func (c *Chip) answer(format string, args ...any) {
	if len(c.answers) < maxAnswers {
		c.answers = append(c.answers, fmt.Appendf(nil, format+"\r\n", args...))
	}
}
