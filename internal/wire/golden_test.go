package wire

import (
	"encoding/hex"
	"testing"

	"github.com/siaga-id/siaga/internal/reading"
)

// smallPack has one of everything that an encoder decides on.
func smallPack() *Pack {
	const at = 1_790_000_000_123
	return &Pack{
		Node: "sutojayan-01", Seq: 7, Epoch: "k3v9x0q2m7ab", Boot: "b-1", Clock: Estimated, ClockErrS: 2.5,
		Site: "35.05.12.1001", Sim: true, SealedMS: at + 2000,
		Readings: []reading.Reading{
			{Sensor: "pm-1", Quantity: reading.PM2_5, TimeMS: at, Value: 12, Quality: reading.NotEvaluated},
			{Sensor: "beam-1", Quantity: reading.Flow, TimeMS: at + 1000, Value: 1800, Quality: reading.Good},
			{Sensor: "pm-1", Quantity: reading.PM10, TimeMS: at, Value: 30.5, Quality: reading.Suspect},
			{Sensor: "pm-1", Quantity: reading.PM2_5, TimeMS: at + 1370, Value: 12.3, Quality: reading.NotEvaluated},
			{Sensor: "bme-1", Quantity: reading.Temperature, TimeMS: at - 5, Value: -0.25, Quality: reading.Bad},
		},
	}
}

// Acknowledgements hang on the bytes of a pack that a node keeps, perhaps for
// weeks and across updates. If this test fails, the encoder is wrong, not the test.
func TestGoldenBytes(t *testing.T) {
	preview := &Pack{
		Node: "a0", Epoch: "e", Boot: "b", Clock: Unknown, Site: "35.05.12.1001",
		Readings: []reading.Reading{{Sensor: "s0", Quantity: reading.Level, TimeMS: -1500, Value: 1.953, Quality: reading.NotEvaluated}},
	}
	judged := &Pack{
		Node: "a0", Seq: 1, Epoch: "e", Boot: "b", Clock: Synced, Site: "35.05.12.1001",
		Readings: []reading.Reading{
			{Sensor: "s0", Quantity: reading.Level, TimeMS: 1_790_000_000_000, Value: 1, Quality: reading.Good},
			{Sensor: "s0", Quantity: reading.Level, TimeMS: 1_790_000_001_000, Value: 2, Quality: reading.Good},
			{Sensor: "s0", Quantity: reading.Level, TimeMS: 1_790_000_002_000, Value: 3, Quality: reading.Suspect},
		},
	}
	for _, tc := range []struct {
		name string
		pack *Pack
		cbor string
		json string
	}{
		{
			"judged",
			judged,
			"83" +
				"aa0201216b61302f73302f6c6576656c221a6ab13b8023616d6362716301" +
				"63636c6b6473796e63637365710164626f6f74616264736974656d33352e30352e31322e313030316565706f63686165" +
				"a202020601" +
				"a30203060262716303",
			`[{"bn":"a0/s0/level","bt":1790000000,"bu":"m","seq":1,"epoch":"e","boot":"b","clk":"sync","site":"35.05.12.1001","bqc":1,"v":1},` +
				`{"v":2,"t":1},{"v":3,"t":2,"qc":3}]`,
		},
		{
			"small",
			smallPack(),
			"85" +
				"ae02190708060120181a2178187375746f6a6179616e2d30312f6265616d2d312f666c6f77" +
				"22fb41daac4ee007df3b6271630163636c6b6365737463736571076373696df564626f6f7463622d31" +
				"647365616c0264736974656d33352e30352e31322e313030316565706f63686c6b337639783071326d37616267636c6b5f657272f94100" +
				"a502f9b40006f99d1f21781e7375746f6a6179616e2d30312f626d652d312f74656d7065726174757265236343656c62716304" +
				"a50064706d313002f94fa021727375746f6a6179616e2d30312f706d2d312f236575672f6d3362716303" +
				"a20065706d325f35020c" +
				"a30065706d325f3502c48220187b06f93d7b",
			`[{"bn":"sutojayan-01/beam-1/flow","bt":1790000000.123,"bver":26,"seq":7,"epoch":"k3v9x0q2m7ab","boot":"b-1",` +
				`"clk":"est","clk_err":2.5,"site":"35.05.12.1001","seal":2,"sim":true,"v":1800,"t":1,"qc":1},` +
				`{"bn":"sutojayan-01/bme-1/temperature","bu":"Cel","v":-0.25,"t":-0.005,"qc":4},` +
				`{"bn":"sutojayan-01/pm-1/","bu":"ug/m3","n":"pm10","v":30.5,"qc":3},` +
				`{"n":"pm2_5","v":12},{"n":"pm2_5","v":12.3,"t":1.37}]`,
		},
		{
			"preview",
			preview,
			"81a802c482221907a1216b61302f73302f6c6576656c22f9be0023616d63636c6b646e6f6e6564626f6f746162" +
				"64736974656d33352e30352e31322e313030316565706f63686165",
			`[{"bn":"a0/s0/level","bt":-1.5,"bu":"m","epoch":"e","boot":"b","clk":"none","site":"35.05.12.1001","v":1.953}]`,
		},
	} {
		b, err := tc.pack.AppendCBOR(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(b); got != tc.cbor {
			t.Errorf("%s: CBOR\n%s, want\n%s", tc.name, got, tc.cbor)
		}
		if b, err = tc.pack.AppendJSON(nil); err != nil {
			t.Fatal(err)
		}
		if string(b) != tc.json {
			t.Errorf("%s: JSON\n%s, want\n%s", tc.name, b, tc.json)
		}
	}
}

func TestGoldenCheck(t *testing.T) {
	p := referencePack()
	for name, tc := range map[string]struct {
		encode func([]byte) ([]byte, error)
		length int
		check  uint32
	}{
		"CBOR": {p.AppendCBOR, 949, 0x8c026da8},
		"JSON": {p.AppendJSON, 1581, 0x58f0bb72},
	} {
		b, err := tc.encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) != tc.length || Check(b) != tc.check {
			t.Errorf("%s: %d bytes with check %#08x, want %d with %#08x", name, len(b), Check(b), tc.length, tc.check)
		}
	}
	// The check value of CRC-32C in its catalogue (CRC-32/ISCSI, "123456789").
	if got := Check([]byte("123456789")); got != 0xe3069283 {
		t.Errorf("Check = %#08x, want 0xe3069283", got)
	}
}
