package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// fakeSensor gives what answer says.
type fakeSensor struct {
	rig    *samplerRig
	closed bool
}

func (s *fakeSensor) Sense(ctx context.Context) ([]driver.Value, error) {
	if s.closed {
		s.rig.t.Error("Sense of a sensor that was closed")
	}
	s.rig.mu.Lock()
	answer := s.rig.answer
	s.rig.mu.Unlock()
	return answer(ctx)
}

func (s *fakeSensor) Close() error {
	if s.closed {
		s.rig.t.Error("closed twice")
	}
	s.closed = true
	s.rig.mu.Lock()
	defer s.rig.mu.Unlock()
	s.rig.open--
	return nil
}

// samplerRig runs one sampler in a bubble.
type samplerRig struct {
	t     *testing.T
	clock *testClock

	mu       sync.Mutex // covers what follows, which the sampler's goroutine uses
	answer   func(context.Context) ([]driver.Value, error)
	openErr  error
	open     int // sensors open at present
	opens    []time.Duration
	readings []reading.Reading
	states   []wire.SensorState
	supply   *supply
	power    []gpio.Level // what the supply's line was set to
	sampler  *sampler
}

// sampled runs a sampler of a 1 s interval for as long as the test's f does.
func sampled(t *testing.T, f func(t *testing.T, r *samplerRig)) {
	t.Helper()
	powered(t, false, f)
}

// powered is sampled, with or without a line that switches the sensor's supply.
func powered(t *testing.T, switched bool, f func(t *testing.T, r *samplerRig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &samplerRig{t: t, clock: newTestClock("b1", wire.Synced)}
		if switched {
			r.supply = &supply{line: &powerLine{rig: r}, on: gpio.High, off: gpio.Low, pause: time.Second, clock: r.clock}
		}
		r.answer = func(context.Context) ([]driver.Value, error) {
			return []driver.Value{driver.Measured(reading.PM2_5, 12.34)}, nil
		}
		s := &sampler{
			cfg:        SensorConfig{ID: "pm-1", Driver: "pms5003", Interval: time.Second},
			quantities: []reading.Quantity{reading.PM2_5},
			clock:      r.clock,
			questions:  make(chan question, 4),
			open:       r.openSensor,
			supply:     func() (*supply, error) { return r.supply, nil },
			nameOf:     driver.Code,
			correct:    func(vs []driver.Value) []driver.Value { return vs },
			version:    func(reading.Quantity) int { return 0 },
			deliver: func(rs []reading.Reading) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.readings = append(r.readings, rs...)
			},
			health: func(st wire.SensorState) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.states = append(r.states, st)
			},
			log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		}
		r.sampler = s
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { s.run(ctx) })
		f(t, r)
		cancel()
		running.Wait()
		if r.open != 0 {
			t.Errorf("%d sensors were left open", r.open)
		}
	})
}

func (r *samplerRig) openSensor() (driver.Sensor, []reading.Quantity, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opens = append(r.opens, r.clock.Boot())
	if r.openErr != nil {
		return nil, nil, r.openErr
	}
	if r.open++; r.open > 1 {
		r.t.Error("opened while it was open")
	}
	return &fakeSensor{rig: r}, []reading.Quantity{reading.PM2_5}, nil
}

// powerLine notes what it is set to.
type powerLine struct {
	gpio.PinIO
	rig *samplerRig
}

func (p *powerLine) Name() string { return "GPIO5" }

func (p *powerLine) Out(l gpio.Level) error {
	p.rig.mu.Lock()
	defer p.rig.mu.Unlock()
	p.rig.power = append(p.rig.power, l)
	return nil
}

// answers makes the sensor give what f gives from now on.
func (r *samplerRig) answers(f func(context.Context) ([]driver.Value, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// opening makes every further opening end with err.
func (r *samplerRig) opening(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.openErr = err
}

// after lets time pass and returns when everything is at rest.
func (r *samplerRig) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// health lists the healths that were reported, and the last error.
func (r *samplerRig) health() (healths []wire.Health, last string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, st := range r.states {
		healths = append(healths, st.Health)
		last = st.Error
	}
	return healths, last
}

func TestReadingsAreDatedOnTheirTick(t *testing.T) {
	for _, tc := range []struct {
		late time.Duration
		want int64
	}{
		{0, 1000},
		{onTickMS * time.Millisecond, 1000},
		{(onTickMS + 1) * time.Millisecond, 1000 + onTickMS + stampMS},
		{(onTickMS + 2*stampMS - 1) * time.Millisecond, 1000 + onTickMS + 2*stampMS},
		{5 * time.Second, 6000},
	} {
		sampled(t, func(t *testing.T, r *samplerRig) {
			r.answers(func(context.Context) ([]driver.Value, error) {
				time.Sleep(tc.late)
				return []driver.Value{driver.Measured(reading.PM2_5, 12.34)}, nil
			})
			r.after(7 * time.Second)
			if len(r.readings) == 0 || r.readings[0].TimeMS != tc.want {
				t.Errorf("%v late: readings %+v, want the first at %d", tc.late, r.readings, tc.want)
			}
		})
	}
}

// TestNoTwoReadingsHaveOneTime lets a measurement end so shortly before the next
// tick, as after a program that stood still, that its rounded time is that tick's.
func TestNoTwoReadingsHaveOneTime(t *testing.T) {
	for name, changed := range map[string]bool{"goes on": false, "is opened anew then": true} {
		t.Run(name, func(t *testing.T) {
			for _, late := range []time.Duration{onTickMS + 1, 989, 990, 991, 999, 1000, 1991, 2000} {
				sampled(t, func(t *testing.T, r *samplerRig) {
					first := true
					r.answers(func(context.Context) ([]driver.Value, error) {
						if first {
							first = false
							time.Sleep(late * time.Millisecond)
						}
						return []driver.Value{driver.Measured(reading.PM2_5, 12.34)}, nil
					})
					r.after((1000 + late) * time.Millisecond)
					if changed {
						r.sampler.changed()
					}
					r.after(5 * time.Second)
					r.mu.Lock()
					defer r.mu.Unlock()
					if len(r.readings) < 4 {
						t.Fatalf("%d ms late: %d readings", late, len(r.readings))
					}
					for i := 1; i < len(r.readings); i++ {
						if before, at := r.readings[i-1].TimeMS, r.readings[i].TimeMS; at <= before {
							t.Errorf("%d ms late: a reading at %d after one at %d", late, at, before)
						}
					}
				})
			}
		})
	}
}

func TestEveryTickIsSampledOnce(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		r.after(10*time.Second + 500*time.Millisecond)
		for i, got := range r.readings {
			want := reading.Reading{Sensor: "pm-1", Quantity: reading.PM2_5, TimeMS: int64(i+1) * 1000, Value: 12.3, Quality: reading.NotEvaluated}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("reading %d (-want +got):\n%s", i, diff)
			}
		}
		if len(r.readings) != 10 {
			t.Errorf("%d readings in 10 s", len(r.readings))
		}
		if h, _ := r.health(); !cmp.Equal(h, []wire.Health{wire.HealthStarting, wire.HealthOK}) {
			t.Errorf("healths %v", h)
		}
	})
}

func TestWhatIsNoNumberIsNoReading(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		r.answers(func(context.Context) ([]driver.Value, error) {
			return []driver.Value{
				{Quantity: reading.PM1, Value: math.NaN()},
				{Quantity: reading.PM2_5, Value: math.Inf(1)},
				{Quantity: reading.PM10, Value: 2000, Quality: reading.NotEvaluated},
				{Quantity: reading.Temperature, Value: 25, Quality: reading.Bad},
			}, nil
		})
		r.after(1500 * time.Millisecond)
		want := []reading.Reading{
			{Sensor: "pm-1", Quantity: reading.PM10, TimeMS: 1000, Value: 2000, Quality: reading.Suspect},
			{Sensor: "pm-1", Quantity: reading.Temperature, TimeMS: 1000, Value: 25, Quality: reading.Bad},
		}
		if diff := cmp.Diff(want, r.readings); diff != "" {
			t.Errorf("readings (-want +got):\n%s", diff)
		}
		if _, last := r.health(); !strings.Contains(last, "is NaN") && !strings.Contains(last, "is +Inf") {
			t.Errorf("the sensor's state says %q: want the value that is no number", last)
		}
	})
}

func TestAFailingSensorSaysWhyAndRecovers(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		r.after(1500 * time.Millisecond)
		good := r.answer
		r.answers(func(context.Context) ([]driver.Value, error) {
			return nil, fmt.Errorf("sense pms5003: %w: 32 bytes", driver.ErrChecksum)
		})
		r.after(time.Second)
		h, text := r.health()
		if h[len(h)-1] != wire.HealthFailing || text != "sense pms5003: what the sensor sent is garbled: 32 bytes" {
			t.Errorf("healths %v, error %q", h, text)
		}
		if got := r.states[len(r.states)-1].SinceMS; got != 2000 {
			t.Errorf("failing since %d ms, want 2000", got)
		}
		r.after(time.Second)
		if n := len(r.states); n != 3 {
			t.Errorf("%d reports, want none of a failure that is known: %+v", n, r.states)
		}
		r.answers(good)
		r.after(time.Second)
		h, text = r.health()
		if h[len(h)-1] != wire.HealthOK || text != "" {
			t.Errorf("healths %v, error %q", h, text)
		}
		if len(r.opens) != 1 {
			t.Errorf("opened %d times, want once: two failures are none for the port", len(r.opens))
		}
	})
}

func TestAfterThreeFailuresItIsOpenedAgain(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		r.answers(func(context.Context) ([]driver.Value, error) { return nil, driver.ErrNoAnswer })
		r.after(3500 * time.Millisecond)
		r.answers(func(context.Context) ([]driver.Value, error) {
			return []driver.Value{driver.Measured(reading.PM2_5, 1)}, nil
		})
		r.after(5 * time.Second)
		if len(r.opens) != 2 || len(r.readings) == 0 {
			t.Errorf("opened at %v, %d readings, want a second time and then some", r.opens, len(r.readings))
		}
	})
}

func TestAnUnpluggedSensorIsOpenedAgainAtOnceAWarmingOneIsNot(t *testing.T) {
	for _, tc := range []struct {
		err    error
		opens  int
		health wire.Health
	}{
		{driver.ErrUnplugged, 2, wire.HealthFailing},
		{driver.ErrClosed, 2, wire.HealthFailing},
		{driver.ErrWarmingUp, 1, wire.HealthWarming},
	} {
		sampled(t, func(t *testing.T, r *samplerRig) {
			r.answers(func(context.Context) ([]driver.Value, error) { return nil, fmt.Errorf("sense: %w", tc.err) })
			want := tc.opens
			r.after(2*time.Second - 1)
			if len(r.opens) != want {
				t.Errorf("%v: opened at %v, want %d times within 2 s", tc.err, r.opens, want)
			}
			if h, _ := r.health(); h[len(h)-1] != tc.health {
				t.Errorf("%v: healths %v, want %s", tc.err, h, tc.health)
			}
		})
	}
}

// TestOpeningIsTriedLessAndLessOften checks the pauses: they double from half a
// second to a second up to half a minute to a minute.
func TestOpeningIsTriedLessAndLessOften(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		gone := errors.New("open /dev/ttyUSB0: no such device")
		r.opening(gone)
		r.after(10 * time.Minute)
		pause := minReopen
		for i := 1; i < len(r.opens); i++ {
			if d := r.opens[i] - r.opens[i-1]; d < pause/2 || d > pause {
				t.Errorf("pause %d is %v, want %v to %v", i, d, pause/2, pause)
			}
			pause = min(2*pause, maxReopen)
		}
		if n := len(r.opens); n < 12 {
			t.Errorf("tried %d times in 10 minutes", n)
		}
		if h, text := r.health(); !cmp.Equal(h, []wire.Health{wire.HealthStarting, wire.HealthFailing}) || text != gone.Error() {
			t.Errorf("healths %v, error %q", h, text)
		}
		r.opening(nil)
		r.after(maxReopen + time.Second)
		if len(r.readings) == 0 {
			t.Error("no reading once it can be opened")
		}
	})
}

func TestAHangingSensorIsGivenUpOn(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		r.answers(func(ctx context.Context) ([]driver.Value, error) {
			<-ctx.Done()
			return nil, driver.ErrNoAnswer
		})
		r.after(senseLimit + 1500*time.Millisecond)
		if h, text := r.health(); h[len(h)-1] != wire.HealthFailing || text != driver.ErrNoAnswer.Error() {
			t.Errorf("healths %v, error %q", h, text)
		}
	})
}

func TestNextTickIsStrictlyLater(t *testing.T) {
	for _, tc := range []struct{ now, interval, want time.Duration }{
		{0, time.Second, time.Second},
		{time.Second, time.Second, 2 * time.Second},
		{time.Second - 1, time.Second, time.Second},
		{90 * time.Second, time.Minute, 2 * time.Minute},
	} {
		if got := nextTick(tc.now, tc.interval); got != tc.want {
			t.Errorf("nextTick(%v, %v) = %v, want %v", tc.now, tc.interval, got, tc.want)
		}
	}
}

func TestADeadSensorIsPowerCycled(t *testing.T) {
	powered(t, true, func(t *testing.T, r *samplerRig) {
		r.answers(func(context.Context) ([]driver.Value, error) { return nil, driver.ErrNoAnswer })
		for range 200 {
			r.after(time.Second)
			r.mu.Lock()
			n := len(r.power)
			r.mu.Unlock()
			if n == 2 {
				break
			}
		}
		r.answers(func(context.Context) ([]driver.Value, error) {
			return []driver.Value{driver.Measured(reading.PM2_5, 1)}, nil
		})
		r.after(10 * time.Minute)
		r.mu.Lock()
		defer r.mu.Unlock()
		if want := []gpio.Level{gpio.Low, gpio.High}; !cmp.Equal(r.power, want) {
			t.Errorf("the line was set to %v, want %v", r.power, want)
		}
		if last := r.states[len(r.states)-1]; last.Health != wire.HealthOK {
			t.Errorf("then it is %+v", last)
		}
	})
}

func TestValuesBesideAnErrorKeepTheSensorOpen(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		r.answers(func(context.Context) ([]driver.Value, error) {
			return []driver.Value{driver.Measured(reading.PM2_5, 1)}, driver.ErrChecksum
		})
		r.after(20 * time.Second)
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.opens) != 1 || len(r.readings) < 19 {
			t.Errorf("opened %d times, %d readings; want once and one each second", len(r.opens), len(r.readings))
		}
		if last := r.states[len(r.states)-1]; last.Health != wire.HealthFailing {
			t.Errorf("it is %+v, want failing", last)
		}
	})
}

func TestChangedSettingsOpenTheSensorAnew(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		r.after(1500 * time.Millisecond)
		r.sampler.changed()
		r.after(100 * time.Millisecond) // at once, not at the next measurement
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.opens) != 2 || len(r.states) != 2 {
			t.Errorf("opened %d times, states %+v; want twice, and no word of a failure", len(r.opens), r.states)
		}
	})
}
