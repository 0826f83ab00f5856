package index

import (
	"math"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// levelsAt returns the levels of a gauge's water that are valid at a time, nil
// where there are none.
func levelsAt(a *registry.Asset, sensor reading.SensorID, at time.Time) *registry.LevelSet {
	var valid *registry.LevelSet
	for i := range a.Levels {
		s := &a.Levels[i]
		if s.Sensor != sensor || s.Quantity != reading.Level.String() || s.ValidFrom.After(at) || len(s.Levels) == 0 {
			continue
		}
		if valid == nil || s.ValidFrom.After(valid.ValidFrom) {
			valid = s
		}
	}
	return valid
}

// centimetres is a level in m as levels are written down, to the millimetre: what
// is 1.15 m is not below 115 cm.
func centimetres(m float64) float64 { return math.Round(m*1000) / 10 }

// rankOf returns the rank of a level in cm, where it was at a rank before: a rank
// is entered at or above its rising threshold, and left below its falling one.
func rankOf(set *registry.LevelSet, was int, cm float64) int {
	rank := 0
	for r := 1; r < len(set.Levels); r++ {
		l := &set.Levels[r]
		if cm >= l.Rising || r <= was && cm >= l.Falling {
			rank = r
		}
	}
	return rank
}

// marginOf returns how many cm the water is below the next rank, or at the highest
// one below where that is entered: negative above it.
func marginOf(set *registry.LevelSet, rank int, cm float64) float64 {
	next := min(rank+1, len(set.Levels)-1)
	return round1(set.Levels[next].Rising - cm)
}

func round1(v float64) float64 { return math.Round(v*10) / 10 }

const (
	// heldMinutes reach back far enough for the rise over an hour of a gauge that
	// measures seldom.
	heldMinutes = 75
	// maxBetween is how far apart two minutes may be at most for a level between
	// them, at the least.
	maxBetween = 5
)

// water is the level of one minute, in m.
type water struct {
	minute    int64 // Unix; 0: never written
	m         float64
	suspect   bool // there is no good reading
	corrected bool
}

// gauge is what is held of a sensor's level.
type gauge struct {
	ring [heldMinutes]water // by minute
	// rank is the last one, of rankAt; 0 before.
	rank int
}

// put takes over a minute; what it replaces is of an hour ago or of itself.
func (g *gauge) put(w water) { g.ring[w.minute%heldMinutes] = w }

func (g *gauge) at(minute int64) (water, bool) {
	w := g.ring[((minute%heldMinutes)+heldMinutes)%heldMinutes]
	return w, w.minute == minute && minute != 0
}

// newest returns the newest minute before end and not older than that many.
func (g *gauge) newest(end int64, within int64) (water, bool) {
	for m := end - 1; m >= end-min(within, heldMinutes); m-- {
		if w, ok := g.at(m); ok {
			return w, true
		}
	}
	return water{}, false
}

// rise returns by how many cm the water is higher in now than over minutes before,
// where there is a level of that minute, or of two around it no further apart than
// between.
func (g *gauge) rise(now water, over, between int64) (float64, bool) {
	then := now.minute - over
	before, after := water{}, water{}
	for m := then; m > then-between; m-- {
		if w, ok := g.at(m); ok {
			before = w
			break
		}
	}
	for m := then; m < then+between && m <= now.minute; m++ {
		if w, ok := g.at(m); ok {
			after = w
			break
		}
	}
	if before.minute == 0 || after.minute == 0 || after.minute-before.minute > between {
		return 0, false
	}
	was := before.m
	if after.minute > before.minute {
		was += (after.m - before.m) * float64(then-before.minute) / float64(after.minute-before.minute)
	}
	return round1((now.m - was) * 100), true
}
