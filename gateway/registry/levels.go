package registry

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Level is one step of a gauge.
type Level struct {
	// Rank is the severity: 0 is normal, 3 the worst. It is never a Siaga number:
	// some rivers count those up and others down.
	Rank   int    `json:"rank" minimum:"0" maximum:"3" doc:"severity: 0 normal, 3 the worst; never a Siaga number"`
	Name   string `json:"name" doc:"as people there call it: Siaga III"`
	Colour string `json:"colour" doc:"#rrggbb"`
	// Rising is where it is entered, at or above, Falling below which it is left:
	// in cm above the gauge's zero where the quantity is the level, else in the
	// quantity's unit. Both are 0 and mean nothing at rank 0.
	Rising  float64 `json:"rising" doc:"entered at or above; cm above the gauge's zero where the quantity is level, else its unit; 0 at rank 0"`
	Falling float64 `json:"falling" doc:"left below; 0 at rank 0"`
}

// LevelSet is all steps of a gauge, valid until the next set of it.
type LevelSet struct {
	Sensor    reading.SensorID `json:"sensor"`
	Quantity  string           `json:"quantity" doc:"level, discharge, pm2_5, …"`
	ValidFrom time.Time        `json:"valid_from"`
	// Invented marks what nobody decreed: it is for a demonstration.
	Invented bool    `json:"invented" doc:"for a demonstration: nobody decreed it"`
	Levels   []Level `json:"levels" nullable:"false" doc:"by rank"`
}

// LevelSet returns the levels of a gauge from a time on, made when there are none.
// It is valid until the next call.
func (n *Asset) LevelSet(sensor reading.SensorID, quantity string, from time.Time) *LevelSet {
	for i := range n.Levels {
		if s := &n.Levels[i]; s.Sensor == sensor && s.Quantity == quantity && s.ValidFrom.Equal(from) {
			return s
		}
	}
	n.Levels = append(n.Levels, LevelSet{Sensor: sensor, Quantity: quantity, ValidFrom: from.UTC(), Levels: []Level{}})
	return &n.Levels[len(n.Levels)-1]
}

// Level returns the step of a rank, made when there is none. It is valid until
// the next call.
func (s *LevelSet) Level(rank int) *Level {
	for i := range s.Levels {
		if s.Levels[i].Rank == rank {
			return &s.Levels[i]
		}
	}
	s.Levels = append(s.Levels, Level{Rank: rank})
	return &s.Levels[len(s.Levels)-1]
}

// PutLevels gives gauges of known nodes these levels, where they have none.
func (r *Registry) PutLevels(ctx context.Context, by Actor, levels map[reading.NodeID][]LevelSet) error {
	err := r.update(ctx, "inventory", func(tx *sql.Tx) error {
		all, err := assets(ctx, tx, "")
		if err != nil {
			return err
		}
		for i := range all {
			is := all[i].clone()
			for _, set := range levels[is.ID] {
				if !slices.ContainsFunc(all[i].Levels, func(s LevelSet) bool { return s.Sensor == set.Sensor && s.Quantity == set.Quantity }) {
					is.Levels = append(is.Levels, set)
				}
			}
			if len(is.Levels) == len(all[i].Levels) {
				continue
			}
			if wrong := is.mistakes(); len(wrong) > 0 {
				return &MistakesError{wrong}
			}
			if _, err := r.saveAsset(ctx, tx, by, "node.set", &all[i], &is); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put levels: %w", err)
	}
	return nil
}

func (s *LevelSet) part() string { return "levels." + string(s.Sensor) + "." + s.Quantity }

func (s *LevelSet) fields() []value {
	of := s.part() + "." + instant(s.ValidFrom)
	all := []value{{of, "decreed"}}
	if s.Invented {
		all[0].text = "invented"
	}
	for _, l := range s.Levels {
		text := l.Name + " " + l.Colour
		if l.Rank > 0 {
			text += " ≥" + decimal(l.Rising) + " <" + decimal(l.Falling)
		}
		all = append(all, value{fmt.Sprintf("%s.%d", of, l.Rank), text})
	}
	return all
}

const (
	maxRank = 3
	// maxLevelSets bounds the sets of a node's gauges, old ones included.
	maxLevelSets = 200
	// maxThreshold bounds thresholds in whatever unit.
	maxThreshold = 1e6
)

var colour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// tidyLevels brings a node's levels into their order.
func (n *Asset) tidyLevels() {
	slices.SortStableFunc(n.Levels, func(a, b LevelSet) int {
		return cmp.Or(cmp.Compare(a.Sensor, b.Sensor), cmp.Compare(a.Quantity, b.Quantity), a.ValidFrom.Compare(b.ValidFrom))
	})
	for i := range n.Levels {
		s := &n.Levels[i]
		s.ValidFrom = s.ValidFrom.UTC().Truncate(time.Millisecond)
		slices.SortStableFunc(s.Levels, func(a, b Level) int { return cmp.Compare(a.Rank, b.Rank) })
		for j := range s.Levels {
			l := &s.Levels[j]
			l.Colour = strings.ToLower(l.Colour)
			if l.Rank == 0 {
				l.Rising, l.Falling = 0, 0
			}
		}
	}
}

// mistakes wants ranks 0 to at least 1 without a hole, thresholds that rise with
// the rank, and none that is left above where it is entered.
func (s *LevelSet) mistakes(object string) []Mistake {
	of := mistakes{object: object, part: s.part()}
	of.sensor(s.Sensor)
	if _, ok := reading.Lookup(s.Quantity); !ok {
		of.wrong("quantity", s.Quantity, "bukan besaran yang dikenal: level, discharge, pm2_5, …", "is no quantity that is known: level, discharge, pm2_5, …")
	}
	if y := s.ValidFrom.Year(); y < firstYear || y > lastYear {
		of.wrong("valid_from", instant(s.ValidFrom), "harus waktu antara 1900 dan 2100", "want a time from 1900 to 2100")
	}
	if len(s.Levels) < 2 || len(s.Levels) > maxRank+1 {
		of.wrong("levels", fmt.Sprint(len(s.Levels)), "harus 2 sampai 4 tingkat: peringkat 0 (normal) sampai 3", "want 2 to 4 of them: rank 0 (normal) to 3")
	}
	for i, l := range s.Levels {
		if l.Rank != i {
			of.wrong("rank", fmt.Sprint(l.Rank), "peringkat harus 0, 1, 2, 3 berurutan, masing-masing sekali", "want ranks 0, 1, 2, 3, each once and without a hole")
			break
		}
		of.needed("name", l.Name, maxName)
		if !colour.MatchString(l.Colour) {
			of.wrong("colour", l.Colour, "harus seperti #ffc100", "want one such as #ffc100")
		}
		if !(math.Abs(l.Rising) <= maxThreshold && math.Abs(l.Falling) <= maxThreshold) {
			of.wrong("rising, falling", decimal(l.Rising)+", "+decimal(l.Falling), "bukan bilangan yang masuk akal", "are no numbers that can be")
			break
		}
		if i == 0 {
			continue
		}
		if l.Falling > l.Rising {
			of.wrong("falling", decimal(l.Falling), "lebih tinggi daripada batas naik "+decimal(l.Rising), "is above where it is entered, "+decimal(l.Rising))
		}
		if before := s.Levels[i-1]; i > 1 && (l.Rising <= before.Rising || l.Falling < before.Falling) {
			of.wrong("rising, falling", decimal(l.Rising)+", "+decimal(l.Falling), fmt.Sprintf("harus lebih tinggi daripada peringkat %d", before.Rank), fmt.Sprintf("want more than rank %d has", before.Rank))
		}
	}
	return of.all
}
