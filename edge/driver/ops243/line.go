package ops243

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Direction is which way a vehicle goes.
type Direction uint8

// Inbound is towards the radar, Outbound away from it; Both is either.
const (
	Both Direction = iota
	Inbound
	Outbound
)

// units are km/h in what the radar can report, by the names that it gives to them
// (AN-010: "Units" and "unit") and that configurations do.
var units = map[string]float64{
	"kmh": 1, "kmph": 1, "km-per-hr": 1,
	"ms": 3.6, "mps": 3.6, "m-per-sec": 3.6,
	"mph": 1.609344, "mi-per-hr": 1.609344,
	"cmps": 0.036, "cm-per-sec": 0.036,
	"fps": 1.09728, "ft-per-sec": 1.09728,
}

// message is what one line says. A line without speeds is an answer or a banner.
type message struct {
	speeds    []float64 // signed, in unit
	direction Direction // Both: the speeds' signs tell
	unit      float64   // km/h; 0 is not said
	json      bool
	product   string // in an answer
}

// errGarbled: the line is nothing that the radar says.
var errGarbled = errors.New("no line of this radar")

// parse takes one line without its end.
func parse(line []byte) (message, error) {
	line = bytes.TrimSpace(line)
	for _, c := range line {
		if c < ' ' || c > '~' {
			return message{}, errGarbled
		}
	}
	if len(line) > 0 && line[0] == '{' {
		return parseJSON(line)
	}
	return parsePlain(string(line))
}

func parseJSON(line []byte) (message, error) {
	var j struct {
		Speed     numbers         `json:"speed"`
		Direction string          `json:"direction"`
		Unit      string          `json:"unit"`
		Units     json.RawMessage `json:"Units"`
		Product   json.RawMessage `json:"Product"`
	}
	if err := json.Unmarshal(line, &j); err != nil {
		return message{}, fmt.Errorf("%w: %w", errGarbled, err)
	}
	m := message{speeds: j.Speed, json: true, product: text(j.Product)}
	switch j.Direction {
	case "inbound":
		m.direction = Inbound
	case "outbound":
		m.direction = Outbound
	}
	for _, name := range []string{j.Unit, text(j.Units)} {
		if name == "" {
			continue
		}
		unit, ok := units[name]
		if !ok {
			return message{}, fmt.Errorf("%w: unit %.20q", errGarbled, name)
		}
		m.unit = unit
	}
	return m, nil
}

// text returns a JSON string's value, or "".
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// parsePlain takes [time,][magnitude,]["unit",]speed. What else can be printed is
// a banner.
func parsePlain(line string) (message, error) {
	var m message
	fields := strings.Split(line, ",")
	if len(fields) > 4 {
		return message{}, nil
	}
	var speed float64
	for i, f := range fields {
		f = strings.TrimSpace(f)
		if unit, ok := units[strings.Trim(f, `"`)]; ok && i < len(fields)-1 {
			m.unit = unit
			continue
		}
		v, err := number(f)
		if err != nil {
			return message{}, nil
		}
		speed = v
	}
	m.speeds = []float64{speed}
	return m, nil
}

// numbers is one number or a list of them, each quoted or not.
type numbers []float64

// UnmarshalJSON implements json.Unmarshaler.
func (n *numbers) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '[' {
		v, err := number(strings.Trim(string(b), `"`))
		*n = numbers{v}
		return err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	for _, raw := range list {
		v, err := number(strings.Trim(string(raw), `"`))
		if err != nil {
			return err
		}
		*n = append(*n, v)
	}
	return nil
}

// number takes decimal numbers only: no NaN, no Inf.
func number(s string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%w: number %.20q", errGarbled, s)
	}
	return v, nil
}
