package world

import "time"

// Source is what is true outside one node. The booleans are false where nothing
// is known of that moment (a gap in a trace); a chip is silent then. Every
// method may be called concurrently and for times in any order.
type Source interface {
	// Air returns what a laser counter of the PMS5003's kind would find.
	Air(at time.Time) (Air, bool)
	// Weather returns the state of the air at the node.
	Weather(at time.Time) (Weather, bool)
	// Level returns the water's surface in m above gauge zero, waves included.
	Level(at time.Time) (m float64, ok bool)
	// Passages returns the vehicles whose front reaches the beam at or after
	// from and before to, in order. The caller owns the slice.
	Passages(from, to time.Time) []Passage
	// Gases returns the trace gases in the air at the node.
	Gases(at time.Time) (Gases, bool)
	// Rain returns the rain at the node in mm/h.
	Rain(at time.Time) (mmPerHour float64, ok bool)
	// Battery returns the state of the node's 12 V battery.
	Battery(at time.Time) (Battery, bool)
}

// Mass is particulate matter in µg/m³, cumulative: PM10 holds PM2.5 holds PM1.
type Mass struct {
	PM1, PM2_5, PM10 float64
}

// Air is particulate matter by both of Plantower's calibrations: CF1 for
// standard particles in the factory, Atmospheric for outdoors.
type Air struct {
	CF1, Atmospheric Mass
}

// Weather is temperature in °C, relative humidity in percent, and pressure in
// hPa at the node's own height, not reduced to the sea.
type Weather struct {
	Temperature, Humidity, Pressure float64
}

// Gases are carbon dioxide in ppm, volatile organics in ppb, and the others in
// µg/m³ at 25 °C and 1 atm.
type Gases struct {
	CO2, TVOC        float64
	CO, NO2, O3, SO2 float64
}

// Battery is a voltage in V and the current out of it in A, negative while it
// is charged.
type Battery struct {
	Voltage, Current float64
}

// BeamM is the breadth of every simulated light beam in m: a vehicle blocks it
// for its own length and this.
const BeamM = 0.1

// Passage is one vehicle passing a beam.
type Passage struct {
	// At is when its front reaches the beam.
	At       time.Time
	SpeedKMH float64
	LengthM  float64
}

// Blocks returns how long the vehicle keeps the beam blocked.
func (p Passage) Blocks() time.Duration {
	return time.Duration((p.LengthM + BeamM) / (p.SpeedKMH / 3.6) * float64(time.Second))
}
