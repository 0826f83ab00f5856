package wire

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	fx "github.com/fxamacker/cbor/v2"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/siaga-id/siaga/internal/reading"
)

// head is a pack's description, good in itself.
const head = `"seq":7,"epoch":"e1","boot":"b1","clk":"sync","site":"35.05.12.1001"`

// asCBOR writes JSON as SenML CBOR, mistakes and double labels included.
func asCBOR(t testing.TB, text string) []byte {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	b := cborItem(t, dec, false)
	return b
}

func cborItem(t testing.TB, dec *json.Decoder, label bool) []byte {
	t.Helper()
	token, err := dec.Token()
	if err != nil {
		t.Fatal(err)
	}
	switch v := token.(type) {
	case json.Delim:
		var items []byte
		n := 0
		for ; dec.More(); n++ {
			items = append(items, cborItem(t, dec, v == '{')...)
			if v == '{' {
				items = append(items, cborItem(t, dec, false)...)
			}
		}
		if _, err := dec.Token(); err != nil {
			t.Fatal(err)
		}
		major := byte(majorArray)
		if v == '{' {
			major = majorMap
		}
		return append(appendHead(nil, major, uint64(n)), items...)
	case string:
		if f, ok := fieldByName(v); ok && label {
			return appendLabel(nil, f)
		}
		return mustMarshal(t, v)
	case json.Number:
		if u, err := strconv.ParseUint(string(v), 10, 64); err == nil {
			return mustMarshal(t, u)
		}
		f, _ := strconv.ParseFloat(string(v), 64)
		return mustMarshal(t, f)
	default:
		return mustMarshal(t, v)
	}
}

func mustMarshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := fx.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inBoth runs the test on a pack in JSON and on the same in CBOR.
func inBoth(t *testing.T, text string, test func(t *testing.T, payload []byte)) {
	t.Helper()
	t.Run("JSON", func(t *testing.T) { test(t, []byte(text)) })
	t.Run("CBOR", func(t *testing.T) { test(t, asCBOR(t, text)) })
}

// good is a record that must always survive its neighbours.
const good = `{"bn":"sutojayan-01/bme-1/temperature","bt":1790000000,"v":27.5}`

var goodReading = reading.Reading{Sensor: "bme-1", Quantity: reading.Temperature, TimeMS: 1_790_000_000_000, Value: 27.5, Quality: reading.NotEvaluated}

func TestDecodeRejectsRecords(t *testing.T) {
	for _, tc := range []struct {
		record string
		name   string
		reason string
	}{
		{`{"n":"","v":"27"}`, "sutojayan-01/bme-1/temperature", "v is not a number"},
		{`{"v":true}`, "sutojayan-01/bme-1/temperature", "v is not a number"},
		{`{"v":null}`, "sutojayan-01/bme-1/temperature", "v is not a number"},
		{`{"v":[1,{"a":2}]}`, "sutojayan-01/bme-1/temperature", "v is not a number"},
		{`{"v":1e999}`, "sutojayan-01/bme-1/temperature", "v is not a finite number"},
		{`{"v":-1e999}`, "sutojayan-01/bme-1/temperature", "v is not a finite number"},
		{`{"v":1,"v":1}`, "sutojayan-01/bme-1/temperature", "v is given twice"},
		{`{"v":1,"t":"0"}`, "sutojayan-01/bme-1/temperature", "t is not a number"},
		{`{"v":1,"t":1,"t":2}`, "sutojayan-01/bme-1/temperature", "t is given twice"},
		{`{"v":1,"ut":"x"}`, "sutojayan-01/bme-1/temperature", "ut is not a number"},
		{`{"v":1,"n":5}`, "sutojayan-01/bme-1/temperature", "n is not a text"},
		{`{"v":1,"u":5}`, "sutojayan-01/bme-1/temperature", "u is not a text"},
		{`{"v":1,"u":"K"}`, "sutojayan-01/bme-1/temperature", `its unit is "K", temperature travels in "Cel"`},
		{`{"v":1,"u":""}`, "sutojayan-01/bme-1/temperature", `its unit is "", temperature travels in "Cel"`},
		{`{"t":5}`, "sutojayan-01/bme-1/temperature", "has no value"},
		{`{"t":5,"s":5}`, "sutojayan-01/bme-1/temperature", "carries a sum only; a reading is a value"},
		{`{"vs":"warm"}`, "sutojayan-01/bme-1/temperature", "carries a text, a truth value or data; a reading is a number"},
		{`{"vb":true}`, "sutojayan-01/bme-1/temperature", "carries a text, a truth value or data; a reading is a number"},
		{`{"vd":"aGkgCg"}`, "sutojayan-01/bme-1/temperature", "carries a text, a truth value or data; a reading is a number"},
		{`{"v":1,"vs":"warm"}`, "sutojayan-01/bme-1/temperature", "carries a text, a truth value or data; a reading is a number"},
		{`{"v":1,"qc":0}`, "sutojayan-01/bme-1/temperature", "qc 0 is not a quality flag"},
		{`{"v":1,"qc":5}`, "sutojayan-01/bme-1/temperature", "qc 5 is not a quality flag"},
		{`{"v":1,"qc":258}`, "sutojayan-01/bme-1/temperature", "qc 258 is not a quality flag"},
		{`{"v":1,"qc":1.5}`, "sutojayan-01/bme-1/temperature", "qc is not a whole number from 0"},
		{`{"v":1,"qc":-1}`, "sutojayan-01/bme-1/temperature", "qc is not a whole number from 0"},
		{`{"v":1,"t":-1790000000}`, "sutojayan-01/bme-1/temperature", "its time has no date"},
		{`{"v":1,"t":1e300}`, "sutojayan-01/bme-1/temperature", "its time is out of range"},
		{`{"v":1,"t":8000000000}`, "sutojayan-01/bme-1/temperature", "its time is out of range"},
		{`{"v":1,"t":-2200000000}`, "sutojayan-01/bme-1/temperature", "its time is out of range"},
		{`{"bn":"urn:dev:ow:10e2073a01080063","v":1}`, "urn:dev:ow:10e2073a01080063", "its name is not <node>/<sensor>/<quantity>"},
		{`{"bn":"sutojayan-01","v":1}`, "sutojayan-01", "its name is not <node>/<sensor>/<quantity>"},
		{`{"bn":"","v":1}`, "", "its name is not <node>/<sensor>/<quantity>"},
		{`{"bn":"Sutojayan/bme-1/temperature","v":1}`, "Sutojayan/bme-1/temperature", "its name is not <node>/<sensor>/<quantity>"},
		{`{"bn":"sutojayan-01/BME/temperature","v":1}`, "sutojayan-01/BME/temperature", `"BME" is not a sensor id`},
		{`{"bn":"sutojayan-01/bme-1/warmth","v":1}`, "sutojayan-01/bme-1/warmth", `quantity "warmth" is not known here`},
		{`{"bn":"sutojayan-01/bme-1/","n":"temperature/x","v":1}`, "sutojayan-01/bme-1/temperature/x", `quantity "temperature/x" is not known here`},
		{`{"bn":"sutojayan-01/bme-1/\u0007","v":1}`, `"sutojayan-01/bme-1/\a"`, `quantity "\a" is not known here`},
		{`{"bn":"sutojayan-01/bme-1/` + strings.Repeat("x", 1000) + `","v":1}`, "sutojayan-01/bme-1/" + strings.Repeat("x", 45) + "…", `quantity "` + strings.Repeat("x", 64) + `…" is not known here`},
	} {
		text := `[{` + head + `,` + good[1:] + `,` + tc.record + `,` + good + `]`
		inBoth(t, text, func(t *testing.T, payload []byte) {
			var p Pack
			if err := new(Decoder).Decode(payload, &p); err != nil {
				t.Fatalf("%s: %v", tc.record, err)
			}
			want := []Reject{{Record: 1, Name: tc.name, Reason: tc.reason}}
			if diff := gocmp.Diff(want, p.Rejects); diff != "" {
				t.Errorf("%s: %s", tc.record, diff)
			}
			if diff := gocmp.Diff([]reading.Reading{goodReading, goodReading}, p.Readings); diff != "" {
				t.Errorf("%s: its neighbours: %s", tc.record, diff)
			}
		})
	}
}

func TestDecodeRefusesPacks(t *testing.T) {
	const rest = `,` + good + `]`
	for _, tc := range []struct {
		text           string
		reason, detail string
	}{
		{`[]`, BadSize, "has no records"},
		{`[1]`, BadSyntax, "record 0: is not a map"},
		{`[[]]`, BadSyntax, "record 0: is not a map"},
		{`[{}]`, BadHeader, "record 0: seq is missing"},
		{`[` + good + `]`, BadHeader, "record 0: seq is missing"},
		{`[{"seq":0,"epoch":"e1","boot":"b1","clk":"sync","site":"35.05.12.1001"}` + rest, BadHeader, "record 0: seq is 0, it counts from 1"},
		{`[{"seq":"7","epoch":"e1","boot":"b1","clk":"sync","site":"35.05.12.1001"}` + rest, BadHeader, "record 0: seq is not a whole number from 0"},
		{`[{"seq":-7,"epoch":"e1","boot":"b1","clk":"sync","site":"35.05.12.1001"}` + rest, BadHeader, "record 0: seq is not a whole number from 0"},
		{`[{"seq":7,"seq":7,"epoch":"e1","boot":"b1","clk":"sync","site":"35.05.12.1001"}` + rest, BadHeader, "record 0: seq is given twice"},
		{`[{"seq":7,"epoch":"E1","boot":"b1","clk":"sync","site":"35.05.12.1001"}` + rest, BadHeader, `record 0: epoch "E1": want 1 to 32 of a-z and 0-9`},
		{`[{"seq":7,"epoch":1,"boot":"b1","clk":"sync","site":"35.05.12.1001"}` + rest, BadHeader, "record 0: epoch is not a text"},
		{`[{"seq":7,"epoch":"e1","boot":"b 1","clk":"sync","site":"35.05.12.1001"}` + rest, BadHeader, `record 0: boot "b 1": want 1 to 36 of a-z, 0-9 and -`},
		{`[{"bqc":0,"seq":7,"epoch":"e1","boot":"b1","clk":"sync","site":"35.05.12.1001"}` + rest, BadHeader, "record 0: bqc 0 is not a quality flag"},
		{`[{"bqc":"1","seq":7,"epoch":"e1","boot":"b1","clk":"sync","site":"35.05.12.1001"}` + rest, BadHeader, "record 0: bqc is not a whole number from 0"},
		{`[{"seq":7,"epoch":"e1","boot":"b1","clk":"gps","site":"35.05.12.1001"}` + rest, BadHeader, `record 0: clk "gps" is not a clock state`},
		{`[{"seq":7,"epoch":"e1","boot":"b1","clk":"sync","site":"35.05.12"}` + rest, BadHeader, `record 0: parse site code "35.05.12": want a Kemendagri desa code such as 35.05.12.1001`},
		{`[{"seq":7,"epoch":"e1","boot":"b1","clk":"sync"}` + rest, BadHeader, "record 0: site is missing"},
		{`[{` + head + `,"clk_err":-1}` + rest, BadHeader, "record 0: clk_err -1: want seconds from 0 to 1e+09"},
		{`[{` + head + `,"clk_err":1e999}` + rest, BadHeader, "record 0: clk_err is not a finite number"},
		{`[{` + head + `,"sim":1}` + rest, BadHeader, "record 0: sim is neither true nor false"},
		{`[{` + head + `,"seal":5}` + rest, BadHeader, "record 0: seal: its time has no date"},
		{`[{` + head + `,"seal":1e300}` + rest, BadHeader, "record 0: seal is out of range"},
		{`[{` + head + `},{"sim":true}` + rest, BadHeader, "record 1: describes the pack, which only record 0 may"},
		{`[{` + head + `,"bver":11}` + rest, BadVersion, "record 0: bver 11 is not understood, only 1 to 10 and 26 are"},
		{`[{` + head + `,"bver":0}` + rest, BadVersion, "record 0: bver 0 is not understood, only 1 to 10 and 26 are"},
		{`[{` + head + `,"bver":10.5}` + rest, BadBase, "record 0: bver is not a whole number from 0"},
		{`[{` + head + `},{"bver":26}` + rest, BadVersion, "record 1: bver is 26, but the pack began with 10"},
		{`[{` + head + `},{"scale_":2}` + rest, BadVersion, `record 1: label "scale_" must be understood and is not`},
		{`[{` + head + `},{"_":2}` + rest, BadVersion, `record 1: label "_" must be understood and is not`},
		{`[{` + head + `},{"bt":"now"}` + rest, BadBase, "record 1: bt is not a number"},
		{`[{` + head + `},{"bt":1e999}` + rest, BadBase, "record 1: bt is not a finite number"},
		{`[{` + head + `},{"bt":1,"bt":2}` + rest, BadBase, "record 1: bt is given twice"},
		{`[{` + head + `},{"bn":7}` + rest, BadBase, "record 1: bn is not a text"},
		{`[{` + head + `},{"bu":null}` + rest, BadBase, "record 1: bu is not a text"},
		{`[{` + head + `},{"bv":"x"}` + rest, BadBase, "record 1: bv is not a number"},
		{`[{` + head + `},{"bs":"x"}` + rest, BadBase, "record 1: bs is not a number"},
		{`[{` + head + `}]`, BadNode, "no record is named <node>/<sensor>/<quantity>"},
		{`[{` + head + `,"n":"urn:x","v":1}]`, BadNode, "no record is named <node>/<sensor>/<quantity>"},
		{`[{` + head + `},` + good + `,{"bn":"garum-01/bme-1/temperature","v":1}` + rest, BadNode, "record 2: is of node garum-01, but those before are of sutojayan-01"},
		{`[{` + head + `},{"x":` + strings.Repeat("[", 17) + "1" + strings.Repeat("]", 17) + `}` + rest, BadSyntax, "nests too deep"},
		{`[{` + head + `},{"x":` + strings.Repeat("[", 17) + strings.Repeat("]", 17) + `}` + rest, BadSyntax, "nests too deep"},
		{`[{` + head + `}` + strings.Repeat(`,{}`, 5000) + `]`, BadSize, "has more than 5000 records"},
	} {
		inBoth(t, tc.text, func(t *testing.T, payload []byte) { refused(t, payload, tc.reason, tc.detail) })
	}
}

func refused(t *testing.T, payload []byte, reason, detail string) {
	t.Helper()
	p := Pack{Rejects: []Reject{{}}, Readings: []reading.Reading{{}}}
	err := new(Decoder).Decode(payload, &p)
	bad, ok := errors.AsType[*DecodeError](err)
	if !ok {
		t.Fatalf("%.80q: %v, want a DecodeError", payload, err)
	}
	if bad.Reason != reason || !strings.HasSuffix(bad.Detail, detail) {
		t.Errorf("%.80q: %v, want %s: %s", payload, err, reason, detail)
	}
	if len(p.Readings) != 0 || len(p.Rejects) != 0 {
		t.Errorf("%.80q: it left %d readings, %d rejects", payload, len(p.Readings), len(p.Rejects))
	}
}

func TestDecodeRefusesBrokenJSON(t *testing.T) {
	full := `[{` + head + `},` + good + `]`
	for end := 1; end < len(full); end++ {
		refused(t, []byte(full[:end]), BadSyntax, "")
	}
	for _, text := range []string{
		full + `]`, full + `[]`, full + ` x`, full[:len(full)-1] + `,]`, full[:len(full)-2] + `,}]`,
		strings.Replace(full, `"seq":7`, `"seq":07`, 1), strings.Replace(full, `"seq":7`, `"seq" 7`, 1),
		strings.Replace(full, `"seq":7`, `seq:7`, 1), strings.Replace(full, `"seq":7`, `"seq":+7`, 1),
		strings.Replace(full, `27.5`, `NaN`, 1), strings.Replace(full, `},{`, `} {`, 1), strings.Replace(full, `e1`, "e\xff", 1),
	} {
		if json.Valid([]byte(text)) && !strings.Contains(text, "\xff") {
			t.Fatalf("%s is good JSON", text)
		}
		refused(t, []byte(text), BadSyntax, "")
	}
	refused(t, []byte(`{"seq":1}`), BadSyntax, "")
	refused(t, append([]byte{0xef, 0xbb, 0xbf}, full...), BadSyntax, "is neither a JSON nor a CBOR array")
}

func TestDecodeRefusesBrokenCBOR(t *testing.T) {
	full := asCBOR(t, `[{`+head+`},`+good+`]`)
	for end := range full {
		refused(t, full[:end], BadSyntax, "")
	}
	refused(t, append(bytes.Clone(full), 0), BadSyntax, fmt.Sprintf("goes on after its end, at byte %d", len(full)))
	// What stands at the label "x" of the first record.
	for _, tc := range []struct {
		item, detail string
	}{
		{"9f01ff", "indefinite length, which SenML packs may not"},
		{"bf6161ff", "indefinite length, which SenML packs may not"},
		{"7f6161ff", "indefinite length, which SenML packs may not"},
		{"5f4161ff", "indefinite length, which SenML packs may not"},
		{"ff", "holds a byte that CBOR reserves"},
		{"1c", "holds a byte that CBOR reserves"},
		{"fc", "holds a byte that CBOR reserves"},
		{"df", "holds a byte that CBOR reserves"},
		{"f801", "holds a byte that CBOR reserves"},
		{"9affffffff", "ends in the middle of an item"},
		{"9bffffffffffffffff", "ends in the middle of an item"},
		{"bbffffffffffffffff", "ends in the middle of an item"},
		{"7bffffffffffffffff", "ends in the middle of an item"},
		{"5b7fffffffffffffff", "ends in the middle of an item"},
		{"62c328", "holds a text that is not UTF-8"},
		{strings.Repeat("81", 100) + "00", "nests too deep"},
		{strings.Repeat("c1", 100000) + "00", "nests too deep"},
		{strings.Repeat("a100", 100) + "00", "nests too deep"},
	} {
		b, err := hex.DecodeString("81a16178" + tc.item)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, b, BadSyntax, tc.detail)
	}
	for item, detail := range map[string]string{
		"":                     "ends in the middle of an item",
		"9f":                   "indefinite length, which SenML packs may not",
		"a0":                   "is neither a JSON nor a CBOR array",
		"00":                   "is neither a JSON nor a CBOR array",
		"81a1f600":             "has a label that is neither a number nor a text",
		"81a18000":             "has a label that is neither a number nor a text",
		"81bbffffffffffffffff": "ends in the middle of an item",
		"9bffffffffffffffff":   "has more than 5000 records",
	} {
		b, err := hex.DecodeString(item)
		if err != nil {
			t.Fatal(err)
		}
		reason := BadSyntax
		if strings.Contains(detail, "more than") {
			reason = BadSize
		}
		refused(t, b, reason, detail)
	}
	refused(t, make([]byte, MaxPackBytes+1), BadSize, "is 262145 bytes long, more than 262144")
}

// cborValue is a pack with one more record, whose value is the item.
func cborValue(t testing.TB, item string) []byte {
	t.Helper()
	b, err := hex.DecodeString(item)
	if err != nil {
		t.Fatal(err)
	}
	pack := asCBOR(t, `[{`+head+`,`+good[1:]+`,{}]`)
	pack[len(pack)-1] = 0xa1
	return append(append(pack, 0x02), b...)
}

func TestDecodeCBORValues(t *testing.T) {
	for _, tc := range []struct {
		item   string
		want   float64
		reject string
	}{
		{"00", 0, ""},
		{"20", -1, ""},
		{"1800", 0, ""}, // longer than needed, and still a number
		{"3bffffffffffffffff", -0x1p64, ""},
		{"f93c00", 1, ""},
		{"fa3f800000", 1, ""},
		{"fb3ff0000000000000", 1, ""},
		{"c48221190ab7", 27.43, ""},
		{"c4820203", 300, ""},
		{"c4820120", -10, ""},
		{"c482387f01", 1e-128, ""},
		{"f97e00", 0, "v is not a finite number"},
		{"f97c00", 0, "v is not a finite number"},
		{"fa7f800000", 0, "v is not a finite number"},
		{"fbfff0000000000000", 0, "v is not a finite number"},
		{"c4821b7fffffffffffffff01", 0, "v is not a finite number"},
		{"c483010203", 0, "v is not a number"},
		{"c48101", 0, "v is not a number"},
		{"c401", 0, "v is not a number"},
		{"c482f93c0001", 0, "v is not a number"},
		{"c48201c24101", 0, "v is not a number"}, // a big mantissa
		{"c2420100", 0, "v is not a number"},     // a big integer
		{"c5822003", 0, "v is not a number"},     // a big float
		{"c11a514b67b0", 0, "v is not a number"}, // a date
		{"43010203", 0, "v is not a number"},
		{"f6", 0, "v is not a number"},
		{"f7", 0, "v is not a number"},
		{"f8ff", 0, "v is not a number"},
	} {
		var p Pack
		if err := new(Decoder).Decode(cborValue(t, tc.item), &p); err != nil {
			t.Errorf("%s: %v", tc.item, err)
			continue
		}
		switch {
		case tc.reject != "":
			if len(p.Rejects) != 1 || p.Rejects[0].Reason != tc.reject {
				t.Errorf("%s: rejects %v, want %s", tc.item, p.Rejects, tc.reject)
			}
		case len(p.Readings) != 2 || p.Readings[1].Value != tc.want:
			t.Errorf("%s: %v, %v, want %v", tc.item, p.Readings, p.Rejects, tc.want)
		}
	}
	refused(t, cborValue(t, "c48201"), BadSyntax, "ends in the middle of an item")
	refused(t, cborValue(t, "c4820181"), BadSyntax, "ends in the middle of an item")
}

func TestDecodeIgnoresUnknownNumbersInCBOR(t *testing.T) {
	for _, label := range []string{"09", "26", "1bffffffffffffffff", "3bffffffffffffffff"} {
		unknown, err := hex.DecodeString("a1" + label + "01")
		if err != nil {
			t.Fatal(err)
		}
		pack := asCBOR(t, `[{`+head+`,`+good[1:]+`,{}]`)
		var p Pack
		if err := new(Decoder).Decode(append(pack[:len(pack)-1], unknown...), &p); err != nil || len(p.Readings) != 1 || len(p.Rejects) != 0 {
			t.Errorf("label %s: %v, %+v", label, err, p)
		}
	}
}

func TestDecodeUnderstandsGeneralSenML(t *testing.T) {
	at := func(sensor reading.SensorID, q reading.Quantity, ms int64, v float64, qc reading.Quality) reading.Reading {
		return reading.Reading{Sensor: sensor, Quantity: q, TimeMS: ms, Value: v, Quality: qc}
	}
	for _, tc := range []struct {
		what string
		text string
		want []reading.Reading
	}{
		{
			"names and units in each record, absolute times, in any order",
			`[{` + head + `,"v":27.5,"u":"Cel","n":"sutojayan-01/bme-1/temperature","t":1790000000.25},
			  {"t":1790000001,"n":"sutojayan-01/pm-1/pm2_5","u":"ug/m3","v":12}]`,
			[]reading.Reading{at("bme-1", reading.Temperature, 1790000000250, 27.5, 2), at("pm-1", reading.PM2_5, 1790000001000, 12, 2)},
		},
		{
			"a base name in parts, changed by a record without a value",
			`[{` + head + `,"bn":"sutojayan-01/","bt":1790000000},{"n":"bme-1/temperature","v":1},
			  {"bn":"sutojayan-01/pm-1/"},{"n":"pm10","v":2,"qc":4},{"bn":"sutojayan-01/pm-1/pm1"},{"v":3},{"n":"0","v":4}]`,
			[]reading.Reading{
				at("bme-1", reading.Temperature, 1790000000000, 1, 2), at("pm-1", reading.PM10, 1790000000000, 2, 4),
				at("pm-1", reading.PM1, 1790000000000, 3, 2), at("pm-1", reading.PM10, 1790000000000, 4, 2),
			},
		},
		{
			"base values, sums and update times",
			`[{` + head + `,"bn":"sutojayan-01/air-1/level","bt":1790000000,"bv":1.5,"bs":1,"v":0.25,"s":9,"ut":60},{"t":-60,"bv":2,"v":-0.5}]`,
			[]reading.Reading{at("air-1", reading.Level, 1790000000000, 1.75, 2), at("air-1", reading.Level, 1789999940000, 1.5, 2)},
		},
		{
			"unknown labels, nested and null",
			`[{` + head + `,"x":[{"y":[null,1.5,"z"]}],"deep":` + strings.Repeat("[", 16) + "1" + strings.Repeat("]", 16) + `,"_y":2,"bn":"sutojayan-01/air-1/level","bt":1790000000,"v":1,"l":{}}]`,
			[]reading.Reading{at("air-1", reading.Level, 1790000000000, 1, 2)},
		},
		{
			"every quality flag, and all secondary units announced",
			`[{` + head + `,"bver":26,"bn":"sutojayan-01/air-1/distance","bu":"mm","bt":1790000000,"v":1,"qc":1},
			  {"v":1,"qc":2},{"v":1,"qc":3,"bver":26},{"v":1,"qc":4},{"v":1,"qc":9}]`,
			[]reading.Reading{
				at("air-1", reading.Distance, 1790000000000, 1, 1), at("air-1", reading.Distance, 1790000000000, 1, 2),
				at("air-1", reading.Distance, 1790000000000, 1, 3), at("air-1", reading.Distance, 1790000000000, 1, 4),
				at("air-1", reading.Distance, 1790000000000, 1, 9),
			},
		},
		{
			"a quantity outside its limits",
			`[{` + head + `,"bn":"sutojayan-01/air-1/level","bt":1790000000,"v":1e12}]`,
			[]reading.Reading{at("air-1", reading.Level, 1790000000000, 1e12, 2)},
		},
	} {
		t.Run(tc.what, func(t *testing.T) {
			inBoth(t, tc.text, func(t *testing.T, payload []byte) {
				var p Pack
				if err := new(Decoder).Decode(payload, &p); err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(tc.want, p.Readings); diff != "" || len(p.Rejects) != 0 {
					t.Errorf("%v\n%s", p.Rejects, diff)
				}
			})
		})
	}
}

func TestDecodePreview(t *testing.T) {
	const preview = `"epoch":"e1","boot":"b1","clk":"none","site":"35.05.12.1001"`
	text := `[{` + preview + `,"bn":"sutojayan-01/air-1/level","v":1,"t":-2.5},{"v":2},{"v":3,"t":0.001},{"v":4,"bt":1790000000}]`
	inBoth(t, text, func(t *testing.T, payload []byte) {
		var p Pack
		if err := new(Decoder).Decode(payload, &p); err != nil {
			t.Fatal(err)
		}
		want := Pack{
			Node: "sutojayan-01", Epoch: "e1", Boot: "b1", Clock: Unknown, Site: "35.05.12.1001",
			Readings: []reading.Reading{
				{Sensor: "air-1", Quantity: reading.Level, TimeMS: -2500, Value: 1, Quality: 2},
				{Sensor: "air-1", Quantity: reading.Level, TimeMS: 0, Value: 2, Quality: 2},
			},
			Rejects: []Reject{
				{2, "sutojayan-01/air-1/level", "its time is in the future"},
				{3, "sutojayan-01/air-1/level", "its time is a date, but the pack's clock is not known"},
			},
		}
		if diff := gocmp.Diff(want, p, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDecodeTellsWhatItCouldRead(t *testing.T) {
	var p Pack
	err := new(Decoder).Decode([]byte(`[{`+head+`,"bn":"sutojayan-01/air-1/level","bt":1790000000,"v":1},{"scale_":1}]`), &p)
	const want = `decode pack: version: record 1: label "scale_" must be understood and is not`
	if err == nil || err.Error() != want || p.Node != "sutojayan-01" || p.Seq != 7 || p.Epoch != "e1" {
		t.Errorf("%v, %+v", err, p)
	}
}

func TestDecoderForgets(t *testing.T) {
	var d Decoder
	var p Pack
	for i := range 2 * maxInterned {
		text := fmt.Sprintf(`[{%s,"bn":"sutojayan-01/s-%d/level","bt":1790000000,"v":1}]`, head, i)
		if err := d.Decode([]byte(text), &p); err != nil || p.Readings[0].Sensor != reading.SensorID(fmt.Sprintf("s-%d", i)) {
			t.Fatalf("%v, %v", err, p.Readings)
		}
		if len(d.sensors) > maxInterned {
			t.Fatalf("it remembers %d sensors", len(d.sensors))
		}
	}
	// Nothing of one pack reaches the next.
	if err := d.Decode([]byte(`[{`+head+`,"v":1}]`), &p); err == nil {
		t.Errorf("a pack without names: %+v", p)
	}
}

func TestDecodedPackDoesNotPointIntoThePayload(t *testing.T) {
	want := referencePack()
	payload, err := want.AppendCBOR(nil)
	if err != nil {
		t.Fatal(err)
	}
	var p Pack
	if err := new(Decoder).Decode(payload, &p); err != nil {
		t.Fatal(err)
	}
	clear(payload)
	if diff := gocmp.Diff(normal(want), normal(&p), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestNaNTimes(t *testing.T) {
	if ms, ok := milliseconds(math.Inf(1), math.Inf(-1)); ok {
		t.Errorf("milliseconds = %d", ms)
	}
}
