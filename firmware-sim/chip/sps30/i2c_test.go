package sps30

import (
	"bytes"
	"math"
	"testing"
	"time"
)

// get writes and then reads n bytes in the same transfer.
func get(t testing.TB, c *I2C, at time.Time, s string, n int) []byte {
	t.Helper()
	r := make([]byte, n)
	if err := c.Tx(at, unhex(t, s), r); err != nil {
		t.Fatalf("%s and read %d: %v", s, n, err)
	}
	return r
}

func put(t testing.TB, c *I2C, at time.Time, s string) {
	t.Helper()
	if err := c.Tx(at, unhex(t, s), nil); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
}

func refused(t testing.TB, c *I2C, at time.Time, s string) {
	t.Helper()
	if err := c.Tx(at, unhex(t, s), nil); err == nil {
		t.Errorf("%s was acknowledged", s)
	}
}

const startI2C = "00 10 03 00 AC"

func ms(n int) time.Time { return t0.Add(time.Duration(n) * time.Millisecond) }

func TestCRC(t *testing.T) {
	for in, want := range map[string]byte{"BE EF": 0x92, "03 00": 0xAC, "80 00": 0xA2, "66 66": 0x93, "01 F4": 0x33} {
		if got := crc(unhex(t, in)); got != want {
			t.Errorf("CRC of %s is %02X, want %02X", in, got, want)
		}
	}
}

func TestInformationI2C(t *testing.T) {
	c := NewI2C(steadyAir)
	same(t, "product", get(t, c, t0, "D0 02", 12), "30 30 F6 30 38 4F 30 30 F6 30 30 F6")
	same(t, "version", get(t, c, t0, "D1 00", 3), "02 02 3A")
	same(t, "status", get(t, c, t0, "D2 06", 6), "00 00 81 00 00 81")
	same(t, "interval", get(t, c, t0, "80 04", 6), "00 09 09 3A 80 A7")
	same(t, "beyond the end", get(t, c, t0, "D1 00", 5), "02 02 3A FF FF")
	serial := get(t, c, t0, "D0 33", 48)
	if serial[0] != '8' || serial[1] != 'C' || crc(serial[:2]) != serial[2] || serial[24] != 0 {
		t.Errorf("serial number % X", serial)
	}
	same(t, "the pointer stays", get(t, c, t0, "", 3), "38 43 6A")
}

func TestMeasuringI2C(t *testing.T) {
	c := NewI2C(steadyAir)
	put(t, c, t0, startI2C)
	refused(t, c, ms(19), "02 02") // busy for 20 ms
	same(t, "not ready", get(t, c, ms(20), "02 02", 3), "00 00 81")
	same(t, "ready", get(t, c, ms(60000), "02 02", 3), "00 01 B0")
	b := get(t, c, ms(60000), "03 00", 60)
	same(t, "PM1 and PM2.5", b[:12], "40 A0 F4 00 00 81 41 00 FC 00 00 81") // 5 and 8
	same(t, "no longer ready", get(t, c, ms(60100), "02 02", 3), "00 00 81")
	if again := get(t, c, ms(60200), "03 00", 60); !bytes.Equal(again, b) {
		t.Errorf("read again it is % X, want the latest once more", again)
	}
	put(t, c, ms(60500), "56 07")
	same(t, "while it cleans", get(t, c, ms(70400), "02 02", 3), "00 00 81")
	same(t, "when it has", get(t, c, ms(70500), "02 02", 3), "00 01 B0")
	put(t, c, ms(80000), "01 04")
	refused(t, c, ms(80100), "03 00")
}

func TestRefusedI2C(t *testing.T) {
	c := NewI2C(steadyAir)
	for _, s := range []string{
		"00", "00 10", "00 10 03 00 AD", "00 10 04 00 02", "00 10 03 00 AC 03 00 AC", "03 00", "56 07",
		"11 03", "12 34", "80 04 00 09 09", "D1 00 03 00 AC", "01 04 03 00 AC",
	} {
		refused(t, c, t0, s)
	}
	if c.Tx(t0, nil, make([]byte, 3)) == nil {
		t.Error("a read without a pointer was acknowledged")
	}
	put(t, c, t0, startI2C)
	for _, s := range []string{startI2C, "10 01"} {
		refused(t, c, ms(100), s)
	}
	quiet := NewI2C(func(time.Time) (Sample, bool) { return Sample{}, false })
	refused(t, quiet, t0, "D1 00")
}

func TestSleepI2C(t *testing.T) {
	c := NewI2C(steadyAir)
	put(t, c, t0, "10 01")
	refused(t, c, ms(50), "11 03") // only a pulse
	refused(t, c, ms(60), "D1 00")
	put(t, c, ms(70), "11 03")
	get(t, c, ms(80), "D1 00", 3)
	put(t, c, ms(100), "10 01")
	refused(t, c, ms(200), "11 03")
	refused(t, c, ms(400), "11 03") // too late
	put(t, c, ms(450), "D3 04")
	refused(t, c, ms(549), "D1 00") // resetting for 100 ms
	get(t, c, ms(550), "D1 00", 3)
}

func TestIntervalAndPowerCycleI2C(t *testing.T) {
	c := NewI2C(steadyAir)
	put(t, c, t0, "80 04 00 00 81 0E 10 AF")
	put(t, c, ms(30), startI2C)
	c.PowerCycle()
	same(t, "interval after power-up", get(t, c, ms(31), "80 04", 6), "00 00 81 0E 10 AF")
	refused(t, c, ms(60), "03 00")
}

func TestFaultsI2C(t *testing.T) {
	c := NewI2C(steadyAir)
	c.SetFault(FanBlocked)
	put(t, c, t0, startI2C)
	same(t, "status", get(t, c, ms(5000), "D2 06", 6), "00 00 81 00 10 C2")
	c.SetFault(None)
	put(t, c, ms(6000), "D2 10")
	same(t, "cleared", get(t, c, ms(7000), "D2 06", 6), "00 00 81 00 00 81")
	c.SetFault(WrongID)
	same(t, "product", get(t, c, ms(8000), "D0 02", 12), "30 30 F6 30 39 7E 30 30 F6 30 30 F6")
}

func TestClockSetBackI2C(t *testing.T) {
	c := NewI2C(steadyAir)
	put(t, c, t0, startI2C)
	c.Tx(t0.Add(-time.Hour), unhex(t, "02 02"), nil)
	same(t, "ready", get(t, c, t0.Add(2*time.Second-time.Hour), "02 02", 3), "00 01 B0")
}

func FuzzTx(f *testing.F) {
	f.Add(unhex(f, startI2C), unhex(f, "03 00"), 60)
	f.Add(unhex(f, "10 01"), unhex(f, "11 03"), 0)
	f.Add(unhex(f, "80 04 00 00 81 0E 10 AF"), unhex(f, "80 04"), 6)
	f.Fuzz(func(t *testing.T, first, second []byte, n int) {
		c := NewI2C(steadyAir)
		_ = c.Tx(t0, first, nil)
		r := make([]byte, min(max(n, 0), 100))
		if c.Tx(t0.Add(time.Minute), second, r) != nil {
			return
		}
		for i := 0; i+2 < len(r); i += 3 {
			if r[i+2] != crc(r[i:i+2]) && !bytes.Equal(r[i:i+3], []byte{0xFF, 0xFF, 0xFF}) {
				t.Fatalf("wrong CRC in % X", r)
			}
		}
	})
}

func TestIntegersHaveAnEnd(t *testing.T) {
	b := values{math.Inf(1)}.encode(integers)
	same(t, "endless mass", b[:2], "FF FF")
}

func TestFaultsFromElsewhereI2C(t *testing.T) {
	c := NewI2C(steadyAir)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			c.SetFault(Stuck)
			c.PowerCycle()
			c.SetFault(None)
		}
	}()
	for n := range 100 {
		_ = c.Tx(t0.Add(time.Duration(n)*time.Second), unhex(t, "D1 00"), make([]byte, 3))
	}
	<-done
}
