package fleet

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// truth is what the world says of a quantity at a moment, and how far a sound
// sensor may be off: what its datasheet says, and what the world moves by in the
// seconds that a measurement takes.
func truth(src world.Source, quantity string, at time.Time) (value, margin float64, known bool) {
	a, _ := src.Air(at)
	w, _ := src.Weather(at)
	g, _ := src.Gases(at)
	level, _ := src.Level(at)
	b, _ := src.Battery(at)
	within := func(v, part, least float64) (float64, float64, bool) { return v, math.Max(least, part*v), true }
	switch quantity {
	case "pm1":
		return within(a.Atmospheric.PM1, 0.2, 5)
	case "pm2_5":
		return within(a.Atmospheric.PM2_5, 0.2, 5)
	case "pm10":
		return within(a.Atmospheric.PM10, 0.2, 5)
	case "temperature":
		return within(w.Temperature, 0, 0.6)
	case "humidity":
		return within(w.Humidity, 0, 3)
	case "pressure":
		return within(w.Pressure, 0, 0.5)
	case "co2":
		return within(g.CO2, 0.1, 0)
	case "tvoc":
		return within(g.TVOC, 0.3, 10)
	case "co":
		return within(g.CO, 0.15, 60)
	case "no2":
		return within(g.NO2, 0.25, 6)
	case "o3":
		return within(g.O3, 0.25, 6)
	case "so2":
		return within(g.SO2, 0.25, 6)
	case "level":
		return within(level, 0, 0.08)
	case "voltage":
		return within(b.Voltage, 0, 0.1)
	case "current":
		return within(b.Current, 0, 0.1)
	}
	return 0, 0, false
}

// storm is a node with one chip of every kind, and the watch over what it says.
type storm struct {
	t     *testing.T
	fleet *Fleet
	src   world.Source
	clock *clock
	seen  map[string]time.Time // by sensor and quantity: the newest value looked at
	// stuck sensors repeat an old value. Only its sameness over hours gives that
	// away, so for these minutes they are not looked at.
	stuck map[*simbus.Plug]time.Time // until when; zero is still
	told  int                        // values that were compared
	wrong map[string]string
}

// look compares every new value that claims to be sound with the truth.
func (s *storm) look() edge.Snapshot {
	snap := s.fleet.nodes[0].present().Snapshot()
	now := s.clock.Now()
	for _, sensor := range snap.Sensors {
		for _, v := range sensor.Values {
			at := now.Add(-time.Duration(v.AgeS * float64(time.Second)))
			key := sensor.ID + " " + v.Quantity
			if at.Sub(s.seen[key]) < 100*time.Millisecond {
				continue
			}
			s.seen[key] = at
			want, margin, known := truth(s.src, v.Quantity, at)
			if !known || s.isStuck(sensor.ID, now) || v.Quality == "suspect" || v.Quality == "bad" {
				continue
			}
			s.told++
			if math.Abs(v.Raw-want) > margin {
				s.wrong[key] = fmt.Sprintf("%v at %v, the truth is %.3f ± %.3f", v.Raw, at.Format(time.TimeOnly), want, margin)
			}
		}
	}
	return snap
}

func (s *storm) isStuck(sensor string, now time.Time) bool {
	until, ok := s.stuck[s.fleet.chips["sutojayan-01"][sensor].wires]
	return ok && (until.IsZero() || now.Before(until))
}

// unwell names the sensors that do not measure.
func unwell(snap edge.Snapshot) []string {
	var bad []string
	for _, s := range snap.Sensors {
		if s.Health != "ok" {
			bad = append(bad, fmt.Sprintf("%s is %s: %s", s.ID, s.Health, s.Error))
		}
	}
	return bad
}

// inStorm runs a node with every chip in a bubble.
func inStorm(t *testing.T, during func(s *storm)) {
	bubble(t, func(t *testing.T) {
		opt := testOptions(t, 1)
		opt.Chips = []string{AllChips}
		opt.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
		run(t, opt, func(f *Fleet) {
			s := &storm{
				t: t, fleet: f, src: world.New(opt.Seed, world.VillageAt(0)), clock: f.clock,
				seen: map[string]time.Time{}, stuck: map[*simbus.Plug]time.Time{}, wrong: map[string]string{},
			}
			time.Sleep(time.Minute) // what needs to warm up does
			s.look()
			during(s)
			for _, key := range slices.Sorted(maps.Keys(s.wrong)) {
				t.Errorf("%s: a wrong value was presented as a sound one: %s", key, s.wrong[key])
			}
		})
	})
}

func TestEveryChipIsReadAtOnce(t *testing.T) {
	inStorm(t, func(s *storm) {
		time.Sleep(time.Minute)
		snap := s.look()
		for _, bad := range unwell(snap) {
			s.t.Error(bad)
		}
		for _, sensor := range snap.Sensors {
			if len(sensor.Values) == 0 {
				s.t.Errorf("%s (%s) has said nothing", sensor.ID, sensor.Driver)
			}
		}
		if s.told < 30 {
			s.t.Errorf("only %d values were compared with the truth", s.told)
		}
	})
}

// stormSeed is STORM_SEED where that is set, so that a storm can be had again.
func stormSeed(t *testing.T) uint64 {
	text := os.Getenv("STORM_SEED")
	if text == "" {
		return 3505
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// TestFaultStorm puts faults on wires and chips at random for ten minutes, many
// at once: nothing wrong may come out as sound, and when the storm is over every
// sensor measures again, with no more memory than before.
func TestFaultStorm(t *testing.T) {
	seed := stormSeed(t)
	t.Logf("STORM_SEED=%d", seed)
	inStorm(t, func(s *storm) {
		rng := rand.New(rand.NewPCG(seed, 0))
		chips := s.fleet.chips["sutojayan-01"]
		ids := slices.Sorted(maps.Keys(chips))
		var mend []func()
		before := heap()
		for range 600 {
			if rng.IntN(3) == 0 {
				mend = append(mend, s.strike(rng, ids[rng.IntN(len(ids))]))
			}
			if n := len(mend); n > 12 || n > 0 && rng.IntN(6) == 0 {
				mend[0]()
				mend = mend[1:]
			}
			time.Sleep(time.Second)
			s.look()
		}
		for _, m := range mend {
			m()
		}
		time.Sleep(5 * time.Minute)
		clear(s.seen)
		for _, bad := range unwell(s.look()) {
			s.t.Errorf("after the storm %s", bad)
		}
		if after := heap(); after > before+16<<20 {
			s.t.Errorf("the heap grew from %d to %d bytes", before, after)
		}
	})
}

// TestAStuckSensorIsNoticedInTheEnd: what repeats itself for an hour is suspect,
// and before that whatever moves was judged good.
func TestAStuckSensorIsNoticedInTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		opt := testOptions(t, 1)
		opt.Chips = []string{"pms5003", "scd41"}
		run(t, opt, func(f *Fleet) {
			qualities := func() map[string]string {
				all := map[string]string{}
				for _, sensor := range f.nodes[0].present().Snapshot().Sensors {
					for _, v := range sensor.Values {
						all[sensor.ID+" "+v.Quantity] = v.Quality
					}
				}
				return all
			}
			time.Sleep(5 * time.Minute)
			for key, q := range qualities() {
				if q != "good" {
					t.Errorf("%s is %s while all is well", key, q)
				}
			}
			for _, id := range []string{"pm-1", "scd41-1"} {
				f.chips["sutojayan-01"][id].faults["stuck"](true)
			}
			time.Sleep(61 * time.Minute)
			q := qualities()
			for _, key := range []string{"pm-1 pm1", "pm-1 pm2_5", "pm-1 pm10", "scd41-1 co2"} {
				if q[key] != "suspect" {
					t.Errorf("%s is %q after an hour without change", key, q[key])
				}
			}
		})
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// strike puts one fault on a sensor's chip, and returns what takes it away.
func (s *storm) strike(rng *rand.Rand, sensor string) (mend func()) {
	c := s.fleet.chips["sutojayan-01"][sensor]
	named := slices.Sorted(maps.Keys(c.faults))
	if c.wires == nil && len(named) == 0 || c.wires != nil && c.wires.Fault() != simbus.None {
		return func() {}
	}
	if c.wires == nil || len(named) > 0 && rng.IntN(3) == 0 {
		name := named[rng.IntN(len(named))]
		c.faults[name](true)
		if name != "stuck" {
			return func() { c.faults[name](false) }
		}
		s.stuck[c.wires] = time.Time{}
		return func() {
			c.faults[name](false)
			s.stuck[c.wires] = s.clock.Now().Add(10 * time.Second) // then its value is its own
		}
	}
	wire := []simbus.Fault{simbus.Silent, simbus.Garbage, simbus.Half, simbus.NACK, simbus.Unplugged}
	f := wire[rng.IntN(len(wire))]
	c.wires.SetFault(f)
	return func() {
		c.wires.SetFault(simbus.None)
		if f == simbus.Unplugged && c.powerCycle != nil {
			c.powerCycle() // it had no power
		}
	}
}
