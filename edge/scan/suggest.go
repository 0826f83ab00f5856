package scan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/reading"
)

// Suggestion is a sensor to add to a configuration.
type Suggestion struct {
	ID       string        `json:"id"`
	Driver   string        `json:"driver"`
	Interval time.Duration `json:"interval_ns"`
	Place
	Model string `json:"model"`
	// Also are other drivers that may be the right one.
	Also []string `json:"also,omitempty"`
	// Ask is true for one that says something only when asked.
	Ask bool `json:"ask,omitempty"`
	// Level is true for a sensor over water, which tells only its distance until
	// its height is measured.
	Level bool `json:"level,omitempty"`
}

// Intervals of sensors by what they tell: what must be seen at once often, what
// is a total or changes slowly once a minute.
const (
	often      = 10 * time.Second
	eachMinute = time.Minute
)

// interval returns the usual one of a domain.
func interval(d reading.Domain) time.Duration {
	switch d {
	case reading.Air, reading.Weather, reading.Water:
		return often
	}
	return eachMinute
}

// Suggest returns a sensor for each chip that was found, can be read with
// nothing but its wiring set, and is not in c yet.
func Suggest(found []Finding, chips []driver.Chip, c Configured) []Suggestion {
	var all []Suggestion
	taken := map[string]bool{}
	for _, f := range found {
		known, ok := chip(chips, f.Chip)
		if !ok || f.Problem == explain.TwoChips || c.At(f.Place) != "" {
			continue
		}
		o, err := options(known, f.Place, f.Ask)
		if err != nil {
			continue
		}
		qs := o.Quantities()
		if len(qs) == 0 {
			continue
		}
		s := Suggestion{
			ID: c.free(prefix(known.Name, qs[0]), taken), Driver: known.Name, Interval: interval(qs[0].Info().Domain),
			Place: f.Place, Model: known.Model, Also: f.Also, Ask: f.Ask,
			Level: slices.Contains(qs, reading.Distance) || slices.Contains(qs, reading.Level),
		}
		taken[s.ID] = true
		all = append(all, s)
	}
	return all
}

// prefix returns what a sensor's id begins with, by what it tells first.
func prefix(name string, q reading.Quantity) string {
	switch q {
	case reading.PM1, reading.PM2_5, reading.PM4, reading.PM10:
		return "pm"
	case reading.TVOC, reading.ECO2:
		return "voc"
	case reading.Rain, reading.RainRate:
		return "hujan"
	}
	switch q.Info().Domain {
	case reading.Air:
		return q.String() // co2, no2 …
	case reading.Water:
		return "sungai"
	case reading.Traffic:
		return "lalin"
	case reading.Power:
		return "daya"
	}
	// A climate sensor is called by its chip: bme280 is bme.
	if letters := strings.TrimRight(name, "0123456789"); letters != "" {
		return letters
	}
	return name
}

// lines returns s as lines of a configuration, the first with the dash.
func (s Suggestion) lines(lang explain.Lang) []string {
	about := s.Model
	if len(s.Also) > 0 {
		about += lang.Say("; atau %s: baca tulisan pada sensornya", "; or %s: see what is printed on it", strings.Join(s.Also, ", "))
	}
	lines := []string{"- id: " + scalar(s.ID), "  driver: " + scalar(s.Driver) + " # " + about}
	if s.Port != "" {
		lines = append(lines, "  port: "+scalar(s.Port))
	} else {
		lines = append(lines, "  i2c: "+scalar(s.Bus), fmt.Sprintf("  address: 0x%02x", s.Address))
	}
	if s.Ask {
		lines = append(lines, "  ask: true")
	}
	// 1m, where Go writes 1m0s.
	every := s.Interval.String()
	if minutes, whole := strings.CutSuffix(every, "m0s"); whole {
		every = minutes + "m"
	}
	return append(lines, "  interval: "+every)
}

// scalar returns a text as YAML writes it in a line: in quotes where it would
// else be something other than a text.
func scalar(text string) string {
	b, err := yaml.Marshal(text)
	if err != nil || strings.Count(string(b), "\n") > 1 {
		return fmt.Sprintf("%q", text)
	}
	return strings.TrimSuffix(string(b), "\n")
}
