package sps30

import (
	"math"
	"sync"
	"time"
)

// Sample is particulate matter in µg/m³, cumulative: all up to 1, 2.5, 4 and
// 10 µm.
type Sample struct {
	PM1, PM2_5, PM4, PM10 float64
}

const (
	// cadence is how often there are new values.
	cadence = time.Second
	// startUp is how long the values need in clean air (table 1); in dusty air it
	// is less.
	startUp = 30 * time.Second
	// cleanFor is how long the fan blows at full speed; meanwhile there are no
	// new values (4.2).
	cleanFor = 10 * time.Second
	// interval is how often that happens by itself, in seconds.
	interval = 604800
	// spinUp is how long the fan speed is not checked (4.4), and noticed how long
	// two checks take.
	spinUp  = 3 * time.Second
	noticed = 2 * time.Second
	// listens is how long a sleeping sensor waits for the command to wake after
	// a pulse on its line.
	listens = 100 * time.Millisecond
)

const (
	productType = "00080000"
	// foreignType is no SPS30's.
	foreignType  = "00090000"
	serialNumber = "8CCABCFAE3201F49"
)

// version is firmware 2.2, hardware 7, SHDLC 2.0, as the UART tells it; I2C
// tells the firmware only.
var version = [7]byte{2, 2, 0, 7, 0, 2, 0}

type mode int

const (
	idle mode = iota
	measuring
	sleeping
)

// format is how values are given out.
type format byte

// The formats, as the command to start names them.
const (
	floats   format = 3
	integers format = 5
)

// values are what the sensor gives out: four masses, the numbers of particles
// per cm³ of 0.3 µm up to 0.5, 1, 2.5, 4 and 10 µm, and their typical size in µm.
type values [10]float64

// sensor is what both links lead to. The links lock mu.
type sensor struct {
	mu    sync.Mutex
	air   func(at time.Time) (Sample, bool)
	fault Fault
	// worn is when the fault began: it is as old as the last call before it.
	worn, called time.Time

	cleanEvery uint32 // in seconds, 0 never; survives the loss of power

	mode     mode
	format   format
	begun    time.Time // measuring
	taken    int64     // the second whose values were read last
	cleaning time.Time // when the fan was last cleaned, or measuring began
	cleans   bool      // it was cleaned at that time
	status   uint32    // bits that stay
	pulsed   time.Time // when a pulse woke the link of a sleeping sensor
	last     values
}

func newSensor(air func(at time.Time) (Sample, bool)) *sensor {
	return &sensor{air: air, cleanEvery: interval}
}

func (s *sensor) setFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.worn = f, s.called
}

// restart is the state after power-up.
func (s *sensor) restart() {
	s.mode, s.status, s.pulsed, s.last = idle, 0, time.Time{}, values{}
}

// call takes note of the time and of what has happened since the last call.
func (s *sensor) call(at time.Time) {
	s.called = at
	if s.worn.After(at) {
		s.worn = at
	}
	if s.mode != measuring {
		return
	}
	if s.begun.After(at) || s.cleaning.After(at) { // the clock was set back
		s.begun, s.taken, s.cleaning, s.cleans = at, 0, at, false
	}
	if every := time.Duration(s.cleanEvery) * time.Second; every > 0 {
		if n := at.Sub(s.cleaning) / every; n > 0 {
			s.cleaning, s.cleans = s.cleaning.Add(n*every), true
		}
	}
	s.status |= s.found(at) & statusFan
}

// found are the status bits of a fault that the sensor has noticed.
func (s *sensor) found(at time.Time) uint32 {
	since := s.begun
	if s.fault == FanSpeed {
		since = since.Add(spinUp)
	}
	if s.worn.After(since) {
		since = s.worn
	}
	if s.mode != measuring || at.Sub(since) < noticed {
		return 0
	}
	return s.fault.bit()
}

func (s *sensor) register(at time.Time) uint32 { return s.status | s.found(at) }

func (s *sensor) start(at time.Time, f format) {
	s.mode, s.format = measuring, f
	s.begun, s.taken, s.last = at, 0, values{}
	s.cleaning, s.cleans = at, false
}

func (s *sensor) clean(at time.Time) { s.cleaning, s.cleans = at, true }

// newest is the second of the newest values; 0 is none yet.
func (s *sensor) newest(at time.Time) int64 {
	if s.cleans && at.Sub(s.cleaning) < cleanFor {
		at = s.cleaning
	}
	return int64(at.Sub(s.begun) / cadence)
}

func (s *sensor) ready(at time.Time) bool {
	return s.mode == measuring && s.newest(at) > s.taken
}

// read returns the newest values and takes them as read.
func (s *sensor) read(at time.Time) values {
	n := s.newest(at)
	if n <= s.taken {
		return s.last
	}
	s.taken = n
	if s.fault == Stuck && s.last != (values{}) {
		return s.last
	}
	age := time.Duration(n) * cadence
	air, ok := s.air(s.begun.Add(age))
	if !ok {
		return s.last
	}
	part := 1.0
	if age < startUp {
		part = 1 - math.Exp(-age.Seconds()/6)
	}
	if s.fault == FanBlocked || s.fault == LaserFailed {
		part = 0
	}
	s.last = measure(air, part)
	return s.last
}

// measure finds the numbers of particles that go with a part of the masses:
// most particles are small, and each number holds the ones before.
func measure(s Sample, part float64) values {
	mass := func(v float64) float64 { return math.Max(0, part*v) }
	pm1, pm2_5, pm4, pm10 := mass(s.PM1), mass(s.PM2_5), mass(s.PM4), mass(s.PM10)
	n1 := 7.5 * pm1
	n2_5 := n1 + 0.4*math.Max(0, pm2_5-pm1)
	n4 := n2_5 + 0.05*math.Max(0, pm4-pm2_5)
	n10 := n4 + 0.01*math.Max(0, pm10-pm4)
	size := 0.0
	if pm10 > 0 {
		size = 0.45 + 1.2*(1-math.Min(1, pm1/pm10))
	}
	return values{pm1, pm2_5, pm4, pm10, 0.85 * n1, n1, n2_5, n4, n10, size}
}

// encode gives values out: floats as they are, integers with the size in nm.
func (v values) encode(f format) []byte {
	var b []byte
	for i, x := range v {
		if f == floats {
			bits := math.Float32bits(float32(x))
			b = append(b, byte(bits>>24), byte(bits>>16), byte(bits>>8), byte(bits))
			continue
		}
		if i == len(v)-1 {
			x *= 1000
		}
		w := uint16(math.Min(math.MaxUint16, math.Round(x)))
		b = append(b, byte(w>>8), byte(w))
	}
	return b
}

// product is the product type that the sensor gives.
func (s *sensor) product() string {
	if s.fault == WrongID {
		return foreignType
	}
	return productType
}
