package wire

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// resolved is a SenML record with its base fields applied, as RFC 8428 section
// 4.6 has it, before Siaga's rules for readings.
type resolved struct {
	Name string
	Unit string
	Time float64
	V    float64
	Kind string
}

func resolveAll(t *testing.T, payload []byte) []resolved {
	t.Helper()
	var (
		out []resolved
		b   base
		r   record
	)
	read := readCBOR
	if payload[0] == '[' {
		read = readJSON
	}
	bad := read(payload, &r, func(i int, r *record) *DecodeError {
		if bad := b.apply(r, i == 0); bad != nil {
			return bad
		}
		if r.problem != "" {
			t.Errorf("record %d: %s", i, r.problem)
		}
		if r.has&^baseFields == 0 {
			return nil
		}
		unit, _ := b.unitOf(r)
		x := resolved{string(b.name) + string(r.n), string(unit), b.time + r.t, 0, ""}
		if r.has.has(fieldV) {
			x.V = b.valueOf(r)
		}
		for f, kind := range map[field]string{fieldV: "v", fieldVS: "vs", fieldVB: "vb", fieldVD: "vd"} {
			if r.has.has(f) {
				x.Kind += kind
			}
		}
		out = append(out, x)
		return nil
	})
	if bad != nil {
		t.Fatal(bad)
	}
	return out
}

const onewire = "urn:dev:ow:10e2073a01080063"

// rfcMultiple is the example of RFC 8428 sections 5.1.2 and 6.
var rfcMultiple = []resolved{
	{"urn:dev:ow:10e2073a0108006:voltage", "V", 1276020076.001, 120.1, "v"},
	{"urn:dev:ow:10e2073a0108006:current", "A", 1276020071.001, 1.2, "v"},
	{"urn:dev:ow:10e2073a0108006:current", "A", 1276020072.001, 1.3, "v"},
	{"urn:dev:ow:10e2073a0108006:current", "A", 1276020073.001, 1.4, "v"},
	{"urn:dev:ow:10e2073a0108006:current", "A", 1276020074.001, 1.5, "v"},
	{"urn:dev:ow:10e2073a0108006:current", "A", 1276020075.001, 1.6, "v"},
	{"urn:dev:ow:10e2073a0108006:current", "A", 1276020076.001, 1.7, "v"},
}

func TestRFC8428JSON(t *testing.T) {
	for _, tc := range []struct {
		section string
		json    string
		want    []resolved
	}{
		{
			"5.1.1",
			`[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]`,
			[]resolved{{onewire, "Cel", 0, 23.1, "v"}},
		},
		{
			"5.1.2, relative time",
			`[{"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.1},{"n":"current","u":"A","v":1.2}]`,
			[]resolved{{onewire + ":voltage", "V", 0, 120.1, "v"}, {onewire + ":current", "A", 0, 1.2, "v"}},
		},
		{
			"5.1.2",
			`[{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,
			  "bu":"A","bver":5, "n":"voltage","u":"V","v":120.1},
			 {"n":"current","t":-5,"v":1.2}, {"n":"current","t":-4,"v":1.3},
			 {"n":"current","t":-3,"v":1.4}, {"n":"current","t":-2,"v":1.5},
			 {"n":"current","t":-1,"v":1.6}, {"n":"current","v":1.7}]`,
			rfcMultiple,
		},
		{
			"5.1.3, part",
			`[{"bn":"urn:dev:ow:10e2073a01080063","bt":1.320067464e+09,"bu":"%RH","v":20},
			 {"u":"lon","v":24.30621}, {"t":60,"v":20.3}, {"u":"%EL","t":150,"v":98}]`,
			[]resolved{
				{onewire, "%RH", 1320067464, 20, "v"},
				{onewire, "lon", 1320067464, 24.30621, "v"},
				{onewire, "%RH", 1320067524, 20.3, "v"},
				{onewire, "%EL", 1320067614, 98, "v"},
			},
		},
		{
			"5.1.5",
			`[{"bn":"urn:dev:ow:10e2073a01080063:","n":"temp","u":"Cel","v":23.1},
			 {"n":"label","vs":"Machine Room"}, {"n":"open","vb":false}, {"n":"nfc-reader","vd":"aGkgCg"}]`,
			[]resolved{
				{onewire + ":temp", "Cel", 0, 23.1, "v"},
				{onewire + ":label", "", 0, 0, "vs"},
				{onewire + ":open", "", 0, 0, "vb"},
				{onewire + ":nfc-reader", "", 0, 0, "vd"},
			},
		},
		{
			"5.1.6",
			`[{"bn":"2001:db8::2/","bt":1.320078429e+09,"n":"temperature","u":"Cel","v":25.2},
			 {"n":"humidity","u":"%RH","v":30},
			 {"bn":"2001:db8::1/","n":"temperature","u":"Cel","v":12.3},
			 {"n":"humidity","u":"%RH","v":67}]`,
			[]resolved{
				{"2001:db8::2/temperature", "Cel", 1320078429, 25.2, "v"},
				{"2001:db8::2/humidity", "%RH", 1320078429, 30, "v"},
				{"2001:db8::1/temperature", "Cel", 1320078429, 12.3, "v"},
				{"2001:db8::1/humidity", "%RH", 1320078429, 67, "v"},
			},
		},
		{
			"5.1.7, a record of base fields only",
			`[{"bn":"urn:dev:ow:10e2073a01080063:"},{"n":"temp","u":"Cel","v":23.1},{"n":"heat","u":"/","v":1}]`,
			[]resolved{{onewire + ":temp", "Cel", 0, 23.1, "v"}, {onewire + ":heat", "/", 0, 1, "v"}},
		},
		{
			"4.4, an unknown label",
			`[{"bn":"urn:dev:ow:10e2073a01080063:","bt":1.320078429e+09,"l":"[{\"href\":\"humidity\"}]","n":"temperature","u":"Cel","v":27.2}]`,
			[]resolved{{onewire + ":temperature", "Cel", 1320078429, 27.2, "v"}},
		},
		{
			"4.5.4, base value",
			`[{"n":"a","bv":20,"v":1.5},{"n":"a","v":-2},{"n":"a","bv":0.5,"v":1}]`,
			[]resolved{{"a", "", 0, 21.5, "v"}, {"a", "", 0, 18, "v"}, {"a", "", 0, 1.5, "v"}},
		},
	} {
		t.Run(tc.section, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, resolveAll(t, []byte(tc.json))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRFC8428CBOR(t *testing.T) {
	payload, err := hex.DecodeString(strings.Join(strings.Fields(`
		87 a7 21 78 1b 75 72 6e 3a 64 65 76 3a 6f 77 3a
		31 30 65 32 30 37 33 61 30 31 30 38 30 30 36 3a
		22 fb 41 d3 03 a1 5b 00 10 62 23 61 41 20 05 00
		67 76 6f 6c 74 61 67 65 01 61 56 02 fb 40 5e 06
		66 66 66 66 66 a3 00 67 63 75 72 72 65 6e 74 06
		24 02 fb 3f f3 33 33 33 33 33 33 a3 00 67 63 75
		72 72 65 6e 74 06 23 02 fb 3f f4 cc cc cc cc cc
		cd a3 00 67 63 75 72 72 65 6e 74 06 22 02 fb 3f
		f6 66 66 66 66 66 66 a3 00 67 63 75 72 72 65 6e
		74 06 21 02 f9 3e 00 a3 00 67 63 75 72 72 65 6e
		74 06 20 02 fb 3f f9 99 99 99 99 99 9a a3 00 67
		63 75 72 72 65 6e 74 06 00 02 fb 3f fb 33 33 33
		33 33 33`), ""))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rfcMultiple, resolveAll(t, payload)); diff != "" {
		t.Error(diff)
	}
}
