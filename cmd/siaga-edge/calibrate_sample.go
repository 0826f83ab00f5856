package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	samplePause = 250 * time.Millisecond
	// sampleLate is how much longer than it should a sensor may take.
	sampleLate = 30 * time.Second
)

// rawSamples are raw values of one quantity, one after another.
type rawSamples struct {
	quantity reading.Quantity
	sorted   []float64
	shown    []float64 // corrected ones, sorted too; none without a correction
}

func (s rawSamples) median() float64 { return middle(s.sorted) }

func middle(sorted []float64) float64 { return sorted[len(sorted)/2] }

func (s rawSamples) spread() float64 { return s.sorted[len(s.sorted)-1] - s.sorted[0] }

// most is the spread from which on a median tells nothing.
func (s rawSamples) most() float64 {
	switch s.quantity {
	case reading.Level:
		return 0.05 // m
	case reading.Distance:
		return 50 // mm
	}
	steps := 20.0
	for range s.quantity.Info().Decimals {
		steps /= 10
	}
	return max(steps, 0.1*max(s.median(), -s.median()))
}

// sample waits for new raw values of q.
func (d *calibrateDesk) sample(ctx context.Context, s calibrateSensor, q reading.Quantity) (rawSamples, error) {
	got := rawSamples{quantity: q}
	started := time.Now()
	newest := started // when the newest value that counts was taken
	wanted := 0
	for {
		snap, err := d.node.Snapshot(ctx)
		if err != nil {
			return rawSamples{}, err
		}
		sensor, v, ok := valueIn(snap, string(s.id), q)
		interval := time.Duration(sensor.IntervalS * float64(time.Second))
		if wanted == 0 {
			wanted = sampleCount(interval)
			fmt.Fprintln(d.log, d.Say("Membaca %d nilai %s dari %s, kira-kira %v …", "Reading %d values of %s from %s, some %v …",
				wanted, d.Pick(q.Info().TitleID, q.Info().TitleEN), s.id, time.Duration(wanted)*interval))
		}
		if at := time.Now().Add(-time.Duration(v.AgeS * float64(time.Second))); ok && at.Sub(newest) > interval/2 {
			newest = at
			got.sorted = append(got.sorted, v.Raw)
			if v.Corrected != nil {
				got.shown = append(got.shown, *v.Corrected)
			}
			fmt.Fprintf(d.log, "  %d/%d: %s %s\n", len(got.sorted), wanted, atResolution(q, v.Raw), v.Unit)
			if len(got.sorted) == wanted {
				slices.Sort(got.sorted)
				slices.Sort(got.shown)
				return got, nil
			}
		}
		if time.Since(started) > time.Duration(wanted+1)*interval+sampleLate {
			return rawSamples{}, d.silent(s, q, sensor, len(got.sorted))
		}
		select {
		case <-ctx.Done():
			return rawSamples{}, ctx.Err()
		case <-time.After(samplePause):
		}
	}
}

// sampleCount is how many values are read: some, so that one that is wrong does
// not count, and an odd number for the median.
func sampleCount(interval time.Duration) int {
	if interval > 10*time.Second {
		return 3
	}
	return 5
}

// valueIn finds a sensor, and its value of q, in a snapshot.
func valueIn(snap edge.Snapshot, id string, q reading.Quantity) (sensor edge.SensorSnapshot, v edge.ValueSnapshot, ok bool) {
	i := slices.IndexFunc(snap.Sensors, func(s edge.SensorSnapshot) bool { return s.ID == id })
	if i < 0 {
		return sensor, v, false
	}
	sensor = snap.Sensors[i]
	j := slices.IndexFunc(sensor.Values, func(v edge.ValueSnapshot) bool { return v.Quantity == q.String() })
	if j < 0 {
		return sensor, v, false
	}
	return sensor, sensor.Values[j], true
}

// silent explains why the values did not come.
func (d *calibrateDesk) silent(s calibrateSensor, q reading.Quantity, sensor edge.SensorSnapshot, n int) error {
	what, remedy := explain.Code(sensor.Code, d.Lang)
	return d.errorf("sensor %s hanya memberi %d nilai %s. %s %s %s", "sensor %s gave only %d values of %s. %s %s %s", s.id, n, q, what, remedy, sensor.Error)
}

// tell shows what was read, and refuses what tells nothing.
func (d *calibrateDesk) tell(got rawSamples, force bool) error {
	in := got.quantity.Info()
	d.say("Nilai mentah: median %s %s, sebaran %s %s", "Raw value: median %s %s, spread %s %s",
		atResolution(got.quantity, got.median()), in.Display, atResolution(got.quantity, got.spread()), in.Display)
	if got.spread() <= got.most() || force {
		return nil
	}
	why, en := "nilai belum tenang", "the values are not calm"
	if in.Domain == reading.Water {
		why, en = "air bergelombang", "there are waves"
	}
	return d.errorf("sebaran lebih besar dari %[1]s %[2]s: %[3]s. Tunggu sampai tenang, atau pakai --force",
		"the spread is more than %[1]s %[2]s: %[4]s. Wait until it is calm, or use --force", atResolution(got.quantity, got.most()), in.Display, why, en)
}
