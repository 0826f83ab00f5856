package ops243

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// unit is one of the units of speed.
type unit struct {
	perMPS float64
	answer string // to the command that sets it
	short  string // in a report
}

var units = map[byte]unit{
	'C': {100, "cm-per-sec", "cmps"},
	'F': {1 / 0.3048, "ft-per-sec", "fps"},
	'K': {3.6, "km-per-hr", "kmph"},
	'M': {1, "m-per-sec", "mps"},
	'S': {3600 / 1609.344, "mph", "mph"},
}

// line is one report.
func (c *Chip) line(at time.Time, mps, magnitude float64) []byte {
	speed := mps * units[c.set.units].perMPS
	if c.set.json {
		return c.object(at.Sub(c.started), speed, magnitude)
	}
	var fields []string
	if c.set.showUnits {
		fields = append(fields, `"`+units[c.set.units].short+`"`)
	}
	if c.set.time {
		fields = append(fields, seconds(at.Sub(c.started)))
	}
	if c.set.magnitude {
		fields = append(fields, fmt.Sprintf("%.2f", magnitude))
	}
	fields = append(fields, c.number(speed))
	return []byte(strings.Join(fields, ",") + "\r\n")
}

// object is one report as JSON.
func (c *Chip) object(up time.Duration, speed, magnitude float64) []byte {
	direction := "inbound"
	if speed < 0 {
		direction = "outbound"
	}
	var b strings.Builder
	b.WriteByte('{')
	if c.set.showUnits {
		fmt.Fprintf(&b, `"unit":"%s",`, units[c.set.units].short)
	}
	if c.dialect == Bare {
		if c.set.magnitude {
			fmt.Fprintf(&b, `"magnitude":%.2f,`, magnitude)
		}
		fmt.Fprintf(&b, `"speed":%s, "direction":"%s","time":%d,"tick":%d}`,
			c.number(math.Abs(speed)), direction, int64(up.Seconds()), up.Milliseconds())
	} else {
		if c.set.time {
			fmt.Fprintf(&b, `"time":"%s",`, seconds(up))
		}
		if c.set.magnitude {
			fmt.Fprintf(&b, `"magnitude":"%.2f",`, magnitude)
		}
		fmt.Fprintf(&b, `"speed":"%s","direction":"%s"}`, c.number(speed), direction)
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

func (c *Chip) number(speed float64) string { return fmt.Sprintf("%.*f", c.set.decimals, speed) }

// seconds is the time since power-up as reports have it.
func seconds(up time.Duration) string { return fmt.Sprintf("%.3f", up.Seconds()) }
