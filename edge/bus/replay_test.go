package bus

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/uart"
)

func TestPinsReplayTheirEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watch := func(m Machine) (at []time.Duration, levels []gpio.Level) {
			p, err := m.Pin("GPIO17")
			if err != nil {
				t.Fatal(err)
			}
			if err := p.In(gpio.PullNoChange, gpio.BothEdges); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			levels = append(levels, p.Read())
			for range 2 {
				for !p.WaitForEdge(200 * time.Millisecond) {
				}
				at, levels = append(at, time.Since(began)), append(levels, p.Read())
			}
			if p.WaitForEdge(100 * time.Millisecond) {
				t.Error("a third edge")
			}
			return at, levels
		}
		m := newMachine()
		var at []time.Duration
		var levels []gpio.Level
		tape := recorded(t, m, func(r Machine) {
			go func() {
				time.Sleep(700 * time.Millisecond)
				m.pin.edges <- gpio.High
				time.Sleep(80 * time.Millisecond)
				m.pin.edges <- gpio.Low
			}()
			at, levels = watch(r)
		})
		gotAt, got := watch(replay(t, tape))
		for i := range levels {
			if got[i] != levels[i] {
				t.Errorf("levels %v, replayed %v", levels, got)
				break
			}
		}
		for i := range at {
			if gotAt[i] != at[i] {
				t.Errorf("edges at %v, replayed %v", at, gotAt)
			}
		}
	})
}

func TestHaltEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := replay(t, []byte(`{"siaga_tape":1}
{"op":"pin","on":"GPIO17"}
{"op":"in","on":"GPIO17","pull":"PullUp","edges":"BothEdges"}
`)).Pin("GPIO17")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.In(gpio.PullDown, gpio.BothEdges); !errors.Is(err, ErrTape) {
			t.Errorf("set up otherwise: %v", err)
		}
		if err := p.In(gpio.PullUp, gpio.BothEdges); err != nil {
			t.Fatal(err)
		}
		waited := make(chan bool)
		go func() { waited <- p.WaitForEdge(-1) }()
		synctest.Wait()
		if err := p.Halt(); err != nil || <-waited {
			t.Error("Halt does not end a wait", err)
		}
	})
}

func TestOutputsWantToBeDrivenAsTheyWere(t *testing.T) {
	drive := func(m Machine, levels ...gpio.Level) error {
		p, err := m.Output("GPIO17")
		for _, l := range levels {
			err = errors.Join(err, p.Out(l))
		}
		return err
	}
	tape := recorded(t, newMachine(), func(m Machine) {
		if err := drive(m, gpio.High, gpio.Low); err != nil {
			t.Fatal(err)
		}
	})
	if err := drive(replay(t, tape), gpio.High, gpio.Low); err != nil {
		t.Error(err)
	}
	if err := drive(replay(t, tape), gpio.Low); !errors.Is(err, ErrTape) {
		t.Errorf("driven otherwise: %v", err)
	}
	if err := drive(replay(t, tape), gpio.High, gpio.Low, gpio.High); !errors.Is(err, ErrTape) {
		t.Errorf("driven once more: %v", err)
	}
}

func TestWhatTheTapeDoesNotHave(t *testing.T) {
	played := replay(t, recorded(t, newMachine(), func(m Machine) { climate(t, m) }))
	b, err := played.I2C("1")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		do   func() error
		want string
	}{
		{"another bus", func() error { _, err := played.I2C("7"); return err }, "never opened"},
		{"another chip", func() error { return b.Tx(0x40, []byte{1}, make([]byte, 2)) }, "the tape ends before write of [01]"},
		{"another question", func() error { return b.Tx(0x76, []byte{0xF4, 1}, nil) }, "line 3 has a write of [d0]"},
		{"another length", func() error { return b.Tx(0x76, []byte{0xD0}, make([]byte, 2)) }, "a read of 1 bytes"},
		{"a port", func() error { _, err := played.Serial("/dev/serial0", 9600, uart.NoParity); return err }, "9600 baud"},
		{"a pin", func() error { _, err := played.Pin("GPIO17"); return err }, "never used"},
		{"an output", func() error { _, err := played.Output("GPIO17"); return err }, "never driven"},
		{"a file", func() error { _, err := played.Files().Open("proc/uptime"); return err }, "proc/uptime"},
		{"a command", func() error { _, err := played.Command(t.Context(), "mmcli"); return err }, "never run"},
	} {
		if err := tc.do(); !errors.Is(err, ErrTape) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

func TestReplayRefusesWhatIsNoTape(t *testing.T) {
	for name, tape := range map[string]string{
		"empty":                   "",
		"not JSON":                "hello",
		"another JSON":            `{"node":"x"}`,
		"a newer version":         `{"siaga_tape":2}`,
		"half a line":             "{\"siaga_tape\":1}\n{\"op\":\"tx\",",
		"an unknown event":        "{\"siaga_tape\":1}\n{\"op\":\"spi\"}",
		"a port never opened":     "{\"siaga_tape\":1}\n{\"op\":\"read\",\"n\":1}",
		"a pin never set up":      "{\"siaga_tape\":1}\n{\"op\":\"edge\",\"on\":\"GPIO1\"}",
		"a time before the start": "{\"siaga_tape\":1}\n{\"op\":\"tx\",\"t\":-1}",
		"no hexadecimal":          "{\"siaga_tape\":1}\n{\"op\":\"tx\",\"w\":\"xy\"}",
	} {
		if _, err := Replay(strings.NewReader(tape)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// brokenDisk fails after some bytes.
type brokenDisk struct{ room int }

func (d *brokenDisk) Write(b []byte) (int, error) {
	if d.room -= len(b); d.room < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

func TestRecordingFailsBesideTheMeasurement(t *testing.T) {
	r, err := Record(newMachine(), &brokenDisk{room: 400})
	if err != nil {
		t.Fatal(err)
	}
	climate(t, r)
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("Err: %v", err)
	}
	if _, err := Record(newMachine(), &brokenDisk{}); err == nil {
		t.Error("a tape was begun on a full disk")
	}
}

func FuzzReplay(f *testing.F) {
	f.Add([]byte(`{"siaga_tape":1,"model":"Raspberry Pi 5","i2c":["1"]}
{"t":10,"op":"i2c","on":"1"}
{"t":12,"op":"tx","on":"1","addr":118,"w":"d0","r":"60"}
{"t":13,"op":"serial","on":"COM3","n":1,"baud":9600,"parity":"N"}
{"t":15,"op":"read","on":"COM3","n":1,"r":"ff07a1a7"}
{"t":16,"op":"close","on":"COM3","n":1}
`))
	f.Add([]byte("{\"siaga_tape\":1}\n{\"op\":\"pin\",\"on\":\"G\"}\n{\"op\":\"in\",\"on\":\"G\"}\n{\"op\":\"edge\",\"on\":\"G\"}"))
	f.Fuzz(func(t *testing.T, tape []byte) {
		m, err := Replay(bytes.NewReader(tape))
		if err != nil {
			return
		}
		for _, name := range append(m.I2CBuses(), "1") {
			if b, err := m.I2C(name); err == nil {
				_ = b.Tx(118, []byte{0xD0}, make([]byte, 1))
			}
		}
		if p, err := m.Serial("COM3", 9600, uart.NoParity); err == nil {
			_, _ = p.Write([]byte{1})
			_ = p.Close()
		}
		if p, err := m.Pin("G"); err == nil {
			_ = p.In(gpio.PullNoChange, gpio.BothEdges)
			p.WaitForEdge(0)
			p.Read()
		}
	})
}
