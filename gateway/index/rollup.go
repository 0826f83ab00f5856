package index

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/minute"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// rollUp rolls up hours that wait, for as long as the budget of a minute lasts. It
// rests as long as it works: dashboards ask InfluxDB too.
func (x *Index) rollUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	err := x.jobs(ctx)
	if keep := x.hours.flush(); err == nil {
		err = keep
	}
	if err != nil && ctx.Err() == nil && !x.rollsFail {
		x.opt.Log.Warn("hours cannot be rolled up: they wait, and are tried again each minute", "err", err)
	}
	x.rollsFail = err != nil && ctx.Err() == nil
}

func (x *Index) jobs(ctx context.Context) error {
	if x.hours.waiting() == 0 {
		return nil
	}
	stored, err := x.opt.Influx.Quantities(ctx)
	if err != nil {
		return fmt.Errorf("list stored quantities: %w", err)
	}
	intervals, err := x.opt.Registry.Intervals(ctx)
	if err != nil {
		return err
	}
	for {
		next, ok := x.hours.take()
		if !ok {
			return nil
		}
		began := time.Now()
		err := x.job(ctx, next, stored, intervals[next.node])
		x.hours.done(err == nil)
		if err != nil && ctx.Err() != nil {
			return nil // the budget is spent, or it ends
		}
		took := time.Since(began)
		x.metrics.jobSeconds.Observe(took.Seconds())
		result := "written"
		if err != nil {
			result = "failed"
		}
		x.metrics.hours.WithLabelValues(result).Add(float64(next.hours[1] - next.hours[0]))
		if err != nil || !minute.Sleep(ctx, took) {
			return err
		}
	}
}

// series names a sensor's roll-ups in one measurement.
type series struct {
	domain reading.Domain
	sensor reading.SensorID
	site   reading.SiteCode
}

// point is a series' roll-ups of one hour, by quantity.
type point map[reading.Quantity]rolled

// job rolls up some hours of a node.
func (x *Index) job(ctx context.Context, j job, stored []reading.Quantity, intervals []registry.Interval) error {
	if len(stored) == 0 {
		return nil
	}
	found, err := x.ask(ctx, rollUpQL(j, stored))
	if err != nil {
		return fmt.Errorf("roll up %s: %w", j.node, err)
	}
	var order []series
	of := make(map[series]map[int64]point)
	for _, f := range found {
		key, q, ok := seriesOf(&f)
		if !ok {
			continue
		}
		if of[key] == nil {
			of[key], order = make(map[int64]point), append(order, key)
		}
		for _, row := range f.Values {
			if r, hour, ok := rolledOf(row); ok {
				if of[key][hour] == nil {
					of[key][hour] = make(point)
				}
				of[key][hour][q] = r
			}
		}
	}
	var lines []byte
	for _, key := range order {
		for hour := j.hours[0]; hour < j.hours[1]; hour++ {
			if p := of[key][hour]; len(p) > 0 {
				lines = appendHour(lines, j.node, key, stored, p, hour)
			}
		}
		if len(lines) > minute.Chunk {
			if err := x.writer.Put(ctx, lines); err != nil {
				return err
			}
			lines = lines[:0]
		}
	}
	if err := x.writer.Put(ctx, lines); err != nil {
		return err
	}
	sensors := make(map[reading.SensorID]map[int64]point)
	for key, hours := range of {
		for hour, p := range hours {
			for q, r := range p {
				join(sensors, key.sensor, hour, q, r)
			}
		}
	}
	x.remember(j.node, j.hours, intervals, sensors)
	return nil
}

func join(sensors map[reading.SensorID]map[int64]point, sensor reading.SensorID, hour int64, q reading.Quantity, r rolled) {
	if sensors[sensor] == nil {
		sensors[sensor] = make(map[int64]point)
	}
	if sensors[sensor][hour] == nil {
		sensors[sensor][hour] = make(point)
	}
	sensors[sensor][hour][q] = sensors[sensor][hour][q].with(r)
}

// remember takes over what hours' roll-ups say of all sensors of a node that are
// known, none where there is nothing. Hours of the past replace no newer ones.
func (x *Index) remember(node reading.NodeID, hours span, intervals []registry.Interval, found map[reading.SensorID]map[int64]point) {
	for i := range intervals {
		if i > 0 && intervals[i].Sensor == intervals[i-1].Sensor {
			continue
		}
		key := sensorKey{node, intervals[i].Sensor}
		d := x.days[key]
		if d == nil {
			d = new(day)
			x.days[key] = d
		}
		for hour := hours[0]; hour < hours[1]; hour++ {
			if d.all[slot(hour)].hour > hour {
				continue
			}
			in := intervalAt(intervals, key.sensor, time.Unix(hour*3600, 0).Add(time.Hour-1))
			d.put(hour, in, found[key.sensor][hour])
		}
	}
}

// atOnce bounds the statements of a request, which travel in its address.
const atOnce = 8

// ask runs statements.
func (x *Index) ask(ctx context.Context, statements []string) ([]api.Series, error) {
	var all []api.Series
	for some := range slices.Chunk(statements, atOnce) {
		found, err := x.opt.Influx.Query(ctx, strings.Join(some, ";"))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// rollUpQL asks for one node's good readings by hour. Its names are from the table
// or checked, the rest are numbers.
func rollUpQL(j job, stored []reading.Quantity) []string {
	all := make([]string, 0, len(stored))
	for _, q := range stored {
		all = append(all, fmt.Sprintf(`SELECT mean("%[1]s") AS "%[1]s", min("%[1]s"), max("%[1]s"), count("%[1]s") FROM "%[2]s" WHERE "%[1]s_qc" < %[3]d AND "node" = '%[4]s' AND time >= %[5]ds AND time < %[6]ds GROUP BY time(1h), "sensor", "site" fill(none)`,
			q.String(), q.Info().Domain, reading.Suspect, j.node, j.hours[0]*3600, j.hours[1]*3600))
	}
	return all
}

// seriesOf reads whose an answer is, and of what its second column. What others wrote may name no
// sensor.
func seriesOf(f *api.Series) (series, reading.Quantity, bool) {
	if len(f.Columns) < 2 || !reading.ValidID(f.Tags["sensor"]) {
		return series{}, 0, false
	}
	q, ok := reading.Lookup(f.Columns[1])
	site, err := reading.ParseSiteCode(f.Tags["site"])
	if err != nil {
		site = ""
	}
	return series{q.Info().Domain, reading.SensorID(f.Tags["sensor"]), site}, q, ok
}

func rolledOf(row []*float64) (r rolled, hour int64, ok bool) {
	if len(row) != 5 || slices.Contains(row, nil) || *row[4] <= 0 {
		return rolled{}, 0, false
	}
	return rolled{*row[1], *row[2], *row[3], *row[4]}, floorDiv(int64(*row[0]), 3_600_000), true
}

// appendHour appends a point of roll-ups, whose time is the hour's beginning:
//
//	air_1h,district=35.05.12,node=n1,sensor=pm-1,site=35.05.12.1001 pm2_5_mean=12.5,pm2_5_min=8,pm2_5_max=31,pm2_5_count=360,… 1772341200000
//
// All fields are floats and of good readings alone; an hour without one has no
// fields. A corrected quantity has its own: pm2_5_cor_mean.
func appendHour(dst []byte, node reading.NodeID, of series, order []reading.Quantity, p point, hour int64) []byte {
	f := fields{line: appendTags(dst, string(of.domain)+"_1h", of.site, node, of.sensor)}
	for _, q := range order {
		r, ok := p[q]
		if !ok {
			continue
		}
		name := q.String()
		f.number(name+"_mean", r.mean)
		f.number(name+"_min", r.min)
		f.number(name+"_max", r.max)
		f.number(name+"_count", r.count)
	}
	return appendTime(f.line, time.Unix(hour*3600, 0))
}
