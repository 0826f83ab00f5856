package index

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// seedPoints bounds the hours of nodes that are read back at once: for up to 800
	// nodes all of a day.
	seedPoints = 20_000
	// levelMinutes bounds the minutes of levels that are read at once.
	levelMinutes = 15
)

// seed learns from InfluxDB, once, what was known before a restart: the roll-ups of
// a day, and the ranks on which hysteresis goes on. After a failure it goes on where
// it was.
func (x *Index) seed(ctx context.Context, minute time.Time, intervals map[reading.NodeID][]registry.Interval) error {
	if x.seeded {
		return nil
	}
	stored, err := x.opt.Influx.Quantities(ctx)
	if err != nil {
		return fmt.Errorf("list stored quantities: %w", err)
	}
	end := hourOf(minute)
	step := max(int64(seedPoints/max(len(intervals), 1)), 1)
	for x.seedFrom = max(x.seedFrom, end-ringHours); x.seedFrom < end; {
		to := min(x.seedFrom+step, end)
		if err := x.seedRollUps(ctx, span{x.seedFrom, to}, stored, intervals); err != nil {
			return err
		}
		x.seedFrom = to
	}
	ranks, err := x.opt.Influx.Query(ctx, fmt.Sprintf(`SELECT last("rank") FROM "index" WHERE time >= %ds AND time < %ds GROUP BY "node", "sensor"`,
		minute.Add(-30*24*time.Hour).Unix(), minute.Unix()))
	if err != nil {
		return fmt.Errorf("read ranks: %w", err)
	}
	for _, f := range ranks {
		key := sensorKey{reading.NodeID(f.Tags["node"]), reading.SensorID(f.Tags["sensor"])}
		if len(f.Values) == 1 && len(f.Values[0]) == 2 && f.Values[0][1] != nil {
			x.gauge(key).rank = int(*f.Values[0][1])
		}
	}
	x.levelsFrom = minute.Unix()/60 - heldMinutes
	x.seeded = true
	return nil
}

func (x *Index) gauge(key sensorKey) *gauge {
	g := x.gauges[key]
	if g == nil {
		g = new(gauge)
		x.gauges[key] = g
	}
	return g
}

// seedRollUps reads roll-ups back. An hour without any is taken for one that has no
// good reading, unless it waits.
func (x *Index) seedRollUps(ctx context.Context, hours span, stored []reading.Quantity, intervals map[reading.NodeID][]registry.Interval) error {
	statements := make([]string, 0, len(stored))
	for _, q := range stored {
		statements = append(statements, fmt.Sprintf(`SELECT "%[1]s_mean" AS "%[1]s", "%[1]s_count" FROM "%[2]s_1h" WHERE time >= %[3]ds AND time < %[4]ds GROUP BY "node", "sensor", "site"`,
			q.String(), q.Info().Domain, hours[0]*3600, hours[1]*3600))
	}
	found, err := x.ask(ctx, statements)
	if err != nil {
		return fmt.Errorf("read roll-ups: %w", err)
	}
	nodes := make(map[reading.NodeID]map[reading.SensorID]map[int64]point)
	for _, f := range found {
		key, q, ok := seriesOf(&f)
		if !ok {
			continue
		}
		node := reading.NodeID(f.Tags["node"])
		if nodes[node] == nil {
			nodes[node] = make(map[reading.SensorID]map[int64]point)
		}
		for _, row := range f.Values {
			if len(row) != 3 || slices.Contains(row, nil) {
				continue
			}
			r, hour := rolled{mean: *row[1], count: *row[2]}, floorDiv(int64(*row[0]), 3_600_000)
			if r.count > 0 {
				join(nodes[node], key.sensor, hour, q, r)
			}
		}
	}
	for node, of := range intervals {
		for hour := hours[0]; hour < hours[1]; hour++ {
			if !x.hours.waits(node, hour) {
				x.remember(node, span{hour, hour + 1}, of, nodes[node])
			}
		}
	}
	return nil
}

// readLevels reads the minutes of water levels that are not known: the last three,
// since readings take a while, and those of which readings were stored late.
func (x *Index) readLevels(ctx context.Context, minute time.Time) error {
	end := minute.Unix() / 60
	x.levelsFrom = min(x.levelsFrom, end-3)
	if late, ok := x.hours.oldest(); ok {
		x.levelsFrom = min(x.levelsFrom, floorDiv(late.Unix(), 60))
	}
	x.levelsFrom = max(x.levelsFrom, end-heldMinutes)
	stored, err := x.opt.Influx.Quantities(ctx)
	if err != nil {
		return fmt.Errorf("list stored quantities: %w", err)
	}
	for x.levelsFrom < end {
		to := min(x.levelsFrom+levelMinutes, end)
		if err := x.readMinutes(ctx, x.levelsFrom, to, stored); err != nil {
			return err
		}
		x.levelsFrom = to
	}
	return nil
}

// readMinutes reads levels by minute: the mean of the good readings, or where there
// is none of the suspect ones, of corrected values where there are any.
func (x *Index) readMinutes(ctx context.Context, from, to int64, stored []reading.Quantity) error {
	// What is read later takes the place of what is there.
	for _, source := range []struct {
		quantity reading.Quantity
		is       string
		suspect  bool
	}{
		{reading.Level, `= 3`, true},
		{reading.Level, `< 3`, false},
		{reading.Level.Corrected(), `= 3`, true},
		{reading.Level.Corrected(), `< 3`, false},
	} {
		if !slices.Contains(stored, source.quantity) {
			continue
		}
		found, err := x.opt.Influx.Query(ctx, fmt.Sprintf(
			`SELECT mean("%[1]s") FROM "water" WHERE "%[1]s_qc" %[2]s AND time >= %[3]ds AND time < %[4]ds GROUP BY time(1m), "node", "sensor" fill(none)`,
			source.quantity.String(), source.is, from*60, to*60))
		if err != nil {
			return fmt.Errorf("read levels: %w", err)
		}
		for _, f := range found {
			node, sensor := f.Tags["node"], f.Tags["sensor"]
			if !reading.ValidID(node) || !reading.ValidID(sensor) {
				continue
			}
			g := x.gauge(sensorKey{reading.NodeID(node), reading.SensorID(sensor)})
			for _, row := range f.Values {
				if len(row) == 2 && row[0] != nil && row[1] != nil {
					g.put(water{floorDiv(int64(*row[0]), 60_000), *row[1], source.suspect, source.quantity.IsCorrected()})
				}
			}
		}
	}
	return nil
}
