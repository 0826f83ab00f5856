package ops243

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]message{
		// Reports.
		"12.3":                 {speeds: []float64{12.3}},
		"-4.5":                 {speeds: []float64{-4.5}},
		" 137.429,3.6":         {speeds: []float64{3.6}}, // time
		`"kmph",-31.2`:         {speeds: []float64{-31.2}, unit: 1},
		`137.429,"mps",215,10`: {speeds: []float64{10}, unit: 3.6},
		`{"speed":0.58,"direction":"inbound","time":105,"tick":135}`:      {speeds: []float64{0.58}, direction: Inbound, json: true},
		`{"speed":"27.1","direction":"outbound","time":"1","unit":"mph"}`: {speeds: []float64{27.1}, direction: Outbound, unit: 1.609344, json: true},
		`{"unit":"kmph","magnitude":"55","speed":-61.2}`:                  {speeds: []float64{-61.2}, unit: 1, json: true},
		`{"speed":["12.1",-30.5],"magnitude":["9","4"]}`:                  {speeds: []float64{12.1, -30.5}, json: true},
		// Answers (UM-003).
		`{"Product":"OPS243"}`:                                        {json: true, product: "OPS243"},
		`{"SamplingRate":10000, "resolution":0.0607}`:                 {json: true},
		`{"Units":"km-per-hr"}`:                                       {json: true, unit: 1},
		`{"Units":"m-per-sec"}`:                                       {json: true, unit: 3.6},
		`{ "ResetReason": "Status from bitmask", "Power On" : true }`: {json: true},
		// Banners.
		"":                    {},
		"OmniPreSense OPS243": {},
		`@t=37"}`:             {},
		"$GPGGA,1,2,3,4,5,6":  {},
		"1,2,3,4,5":           {},
		"NaN":                 {},
	} {
		got, err := parse([]byte(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(message{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

func TestGarbledLines(t *testing.T) {
	for _, line := range []string{
		"12.3\xff", "\x00", `{"speed":12.3`, `{"speed":"fast"}`, `{"speed":null}`, `{"speed":[1,"x"]}`, `{"speed":[1,}`,
		`{"speed":12,"unit":"knots"}`, `{"Units":"furlong"}`, `{"speed":"NaN"}`, `{"speed":1e999}`, `{"Q2COUNT":"1149 (~22980`,
	} {
		if m, err := parse([]byte(line)); !errors.Is(err, errGarbled) {
			t.Errorf("%q: %+v, %v", line, m, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("12.3"))
	f.Add([]byte(`137.429,"mps",215,10`))
	f.Add([]byte(`{"speed":["12.1",-30.5],"direction":"inbound","unit":"kmph"}`))
	f.Add([]byte(`{"Units":"km-per-hr"}`))
	f.Add([]byte("{\"speed\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := parse(line)
		if err != nil && !errors.Is(err, errGarbled) {
			t.Fatalf("error %v", err)
		}
		for _, v := range m.speeds {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("speed %v", v)
			}
		}
		if m.unit < 0 || len(m.speeds) > len(line) || len(m.speeds) > 1 && !m.json {
			t.Fatalf("%+v", m)
		}
		recognise(line)
	})
}
