package index

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/index/ispu"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// fields appends fields to a line of line protocol that has its tags. Numbers that
// are none are left out.
type fields struct {
	line []byte
	any  bool
}

func (f *fields) name(name string) {
	before := byte(',')
	if !f.any {
		before = ' '
	}
	f.any = true
	f.line = append(append(append(f.line, before), name...), '=')
}

func (f *fields) number(name string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	f.name(name)
	f.line = strconv.AppendFloat(f.line, v, 'g', -1, 64)
}

func (f *fields) yes(name string, v bool) {
	n := 0.0
	if v {
		n = 1
	}
	f.number(name, n)
}

// quoted are what line protocol escapes in a string, and a newline, which ends a
// line for others than InfluxDB.
var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ")

func (f *fields) text(name, v string) {
	f.name(name)
	f.line = append(append(append(f.line, '"'), quoted.Replace(v)...), '"')
}

// appendTags appends the measurement and those tags that have a value. Ids and site
// codes have nothing that would need escaping.
func appendTags(dst []byte, measurement string, site reading.SiteCode, node reading.NodeID, sensor reading.SensorID) []byte {
	dst = append(dst, measurement...)
	if site != "" {
		dst = append(append(dst, ",district="...), site.District()...)
	}
	dst = append(append(dst, ",node="...), node...)
	dst = append(append(dst, ",sensor="...), sensor...)
	if site != "" {
		dst = append(append(dst, ",site="...), site...)
	}
	return dst
}

func appendTime(dst []byte, at time.Time) []byte {
	return append(strconv.AppendInt(append(dst, ' '), at.UnixMilli(), 10), '\n')
}

// appendSensor appends a sensor's point in "index", if there is anything to say:
//
//	index,district=35.05.12,node=n1,sensor=pm-1,site=35.05.12.1001 completeness=99.5,ispu=81,… 1772341200000
//
// All fields but two are floats; those of which nothing is known are left out.
//
//	completeness      % of the last 24 whole hours, good readings of all quantities
//
// of a sensor of parameters of the ISPU:
//
//	withheld          1 where no parameter is complete enough for an ISPU, else 0
//	ispu              the ISPU, a whole number; above 300 people are told ">300"
//	parameter         a string: the quantity that decides
//	ispu_completeness %, of that parameter; while withheld, of the most complete one
//	corrected         1 where it is of corrected values, else 0
//
// of a gauge, also while it gives no level:
//
//	silent            1 while it gives none, else 0
//	river             a string: the river's name, where the inventory says it together
//	river_order       with the gauge's place along it: 1, 2, … from the source
//
// of a gauge that gives its level:
//
//	level_cm          cm above the gauge's zero: the mean of its newest minute
//	doubt             1 where that has only suspect readings, else 0
//	corrected         as above
//	rise_15, rise     cm, since 15 and 60 min before; rise is cm/h
//
// and where levels are written down for it:
//
//	rank              severity, 0 to 3; never a Siaga number
//	level_name        a string: what people there call that rank
//	margin            cm below the next rank; at the highest, below where it is
//	                  entered: negative above it
//	rising_1, …       cm, where each rank is entered
//	invented          1 where nobody decreed these levels, else 0
func (x *Index) appendSensor(dst []byte, n *registry.Node, in *inventory, s *wire.SensorState, minute time.Time) []byte {
	begin := len(dst)
	f := fields{line: appendTags(dst, "index", n.Site.Code, n.ID, s.ID)}
	key := sensorKey{n.ID, s.ID}
	d := x.days[key]
	if d == nil {
		d = new(day) // no hour of it is over yet
	}
	x.appendDay(&f, key, d, s, minute)
	g, promised := x.gauges[key], gives(s, reading.Level)
	if g == nil && promised {
		g = new(gauge) // it has given none yet
	}
	if g != nil {
		appendGauge(&f, g, promised, in.sites[n.Site.Code], in.assets[n.ID], s, minute)
	}
	if !f.any {
		return f.line[:begin]
	}
	return appendTime(f.line, minute)
}

// pending is how long a day ends an hour earlier because its newest hour is not
// rolled up yet.
const pending = 15 * time.Minute

// dayEnd returns the hour before which a sensor's day ends, and whether all of the
// day's hours have been looked at.
func (x *Index) dayEnd(key sensorKey, d *day, minute time.Time) (int64, bool) {
	unknown := func(h int64) bool { return d.all[slot(h)].hour != h && x.hours.waits(key.node, h) }
	end := hourOf(minute)
	if unknown(end-1) && minute.Sub(time.Unix(end*3600, 0)) < pending {
		end--
	}
	for h := end - dayHours; h < end; h++ {
		if unknown(h) {
			return end, false
		}
	}
	return end, true
}

func (x *Index) appendDay(f *fields, key sensorKey, d *day, s *wire.SensorState, minute time.Time) {
	end, known := x.dayEnd(key, d, minute)
	if !known {
		return
	}
	f.number("completeness", percent(over24(&d.all, end).share))
	var of []reading.Quantity
	for _, name := range s.Quantities {
		if q, ok := reading.Lookup(name); ok && ispu.Is(q) {
			of = append(of, q)
		}
	}
	if len(of) == 0 {
		return
	}
	air := d.ispuOf(of, end, x.opt.Config.ISPUTop)
	f.yes("withheld", !air.ok)
	if air.ok {
		f.number("ispu", air.index)
		f.text("parameter", air.decides.String())
	}
	f.number("ispu_completeness", percent(air.share))
	f.yes("corrected", air.corrected)
}

// percent shows a share to the tenth, never as more than it is: what is withheld
// does not read 75.
func percent(share float64) float64 { return math.Floor(share*1000+nearly*1000) / 10 }
