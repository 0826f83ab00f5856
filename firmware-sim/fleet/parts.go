package fleet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// part is a kind of chip that can sit on a simulated board.
type part struct {
	// driver is the name of its driver, id begins the ids of its sensors.
	driver, id string
	// kind is when it is read.
	kind rhythm
	// usual: every simulated village has one.
	usual bool
	plug  func(place) (plugged, error)
}

// place is where a chip goes: names that are free for it, and what is true there.
type place struct {
	board    *board
	src      world.Source
	mounting mounting

	port, bus, pin string
}

// plugged is a chip on its board.
type plugged struct {
	// sensors are the options of each sensor that reads the chip; a key, such as
	// "masuk", ends its id. Most chips have one, under "".
	sensors map[string]map[string]any
	// wires can fail; nil where there are none.
	wires *simbus.Plug
	// faults are the chip's own, by name: each is put on or taken away.
	faults map[string]func(on bool)
	// powerCycle is what the chip does when its supply was cut; nil where it has
	// none of its own.
	powerCycle func()
}

// alone is a chip that one sensor reads.
func alone(options map[string]any) map[string]map[string]any {
	return map[string]map[string]any{"": options}
}

// faulty is a chip that has faults of its own, of type F.
type faulty[F comparable] interface {
	SetFault(F)
	PowerCycle()
}

// faults names a chip's own faults. The zero F is none.
func faults[F comparable](c faulty[F], named map[string]F) map[string]func(on bool) {
	all := map[string]func(on bool){}
	for name, f := range named {
		all[name] = func(on bool) {
			var none F
			if !on {
				c.SetFault(none)
				return
			}
			c.SetFault(f)
		}
	}
	return all
}

// parts has one line for each kind of chip.
var parts = []part{
	{"pms5003", "pm", airRhythm, true, plugPMS5003},
	{"pms7003", "pms7", airRhythm, false, plugPMS5003},
	{"sds011", "sds", airRhythm, false, plugSDS011},
	{"sps30", "sps", airRhythm, false, plugSPS30},
	{"sps30-i2c", "spsi", airRhythm, false, plugSPS30I2C},
	{"scd40", "scd40", airRhythm, false, plugSCD40},
	{"scd41", "scd41", airRhythm, false, plugSCD41},
	{"sgp30", "sgp", airRhythm, false, plugSGP30},
	{"gascell", "gas", airRhythm, false, plugGasCells},
	{"bme280", "bme", weatherRhythm, true, plugBME280},
	{"aht20", "aht", weatherRhythm, false, plugAHT20},
	{"tippingbucket", "hujan", countRhythm, false, plugTippingBucket},
	{"a02yyuw", "sungai", waterRhythm, true, plugA02YYUW},
	{"jsn-sr04t", "jsn", waterRhythm, false, plugJSNSR04T},
	{"aj-sr04m", "ajsr", waterRhythm, false, plugAJSR04M},
	{"mb7389", "maxbotix", waterRhythm, false, plugMaxBotix},
	{"currentloop", "loop", waterRhythm, false, plugCurrentLoop},
	{"modbus-level", "modbus", waterRhythm, false, plugModbusLevel},
	{"breakbeam", "jalan", countRhythm, true, plugBreakBeam},
	{"looprelay", "kumparan", countRhythm, false, plugLoopRelay},
	{"ops243", "radar", countRhythm, false, plugOPS243},
	{"tf-luna", "lidar", countRhythm, false, plugTFLuna},
	{"tfmini-plus", "tfmini", countRhythm, false, plugTFminiPlus},
	{"ina219", "aki", weatherRhythm, false, plugINA219},
	{"system", "node", weatherRhythm, false, plugSystem},
	{"wifi", "wifi", weatherRhythm, false, plugWiFi},
	{"modem", "modem", weatherRhythm, false, plugModem},
}

func partFor(driver string) (part, error) {
	i := slices.IndexFunc(parts, func(p part) bool { return p.driver == driver })
	if i < 0 {
		return part{}, fmt.Errorf("no simulated chip for the driver %q: use one of %s", driver, strings.Join(Chips(), ", "))
	}
	return parts[i], nil
}

// Chips returns the drivers that have a simulated chip. The caller owns the
// slice.
func Chips() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.driver)
	}
	return names
}

// AllChips in Options.Chips is one chip of every kind.
const AllChips = "all"

// choose returns the parts of those names; without any, the usual ones.
func choose(names []string) ([]part, error) {
	if len(names) == 1 && names[0] == AllChips {
		return parts, nil
	}
	var chosen []part
	for _, name := range names {
		p, err := partFor(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(chosen, func(o part) bool { return o.driver == p.driver }) {
			return nil, fmt.Errorf("%s is named twice", name)
		}
		chosen = append(chosen, p)
	}
	if len(names) == 0 {
		for _, p := range parts {
			if p.usual {
				chosen = append(chosen, p)
			}
		}
	}
	return chosen, nil
}
