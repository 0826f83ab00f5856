package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/bme280"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/edge/driver/pms5003"
)

// fakeMachine has one bus with one BME280, one port, one pin, a file and a
// program.
type fakeMachine struct {
	registers
	port *drivertest.Port
	pin  *fakePin
	file fstest.MapFS
}

func newMachine() *fakeMachine {
	m := &fakeMachine{
		port: drivertest.NewPort(),
		pin:  &fakePin{edges: make(chan gpio.Level, 10)},
		file: fstest.MapFS{
			"proc/device-tree/model": {Data: []byte("Raspberry Pi 4 Model B Rev 1.4\x00")},
			"proc/uptime":            {Data: []byte("12.5 40.1\n")},
			"proc/raw":               {Data: []byte{0xFF, 0x00}},
		},
	}
	// Bosch's worked example: 25.08 °C, 1006.53 hPa (BMP280 data sheet §3.12).
	copy(m.registers[0xD0:], []byte{0x60})
	copy(m.registers[0x88:], []byte{
		0x70, 0x6B, 0x43, 0x67, 0x18, 0xFC, 0x7D, 0x8E, 0x43, 0xD6, 0xD0, 0x0B, 0x27,
		0x0B, 0x8C, 0x00, 0xF9, 0xFF, 0x8C, 0x3C, 0xF8, 0xC6, 0x70, 0x17, 0x00, 0x4B,
	})
	copy(m.registers[0xE1:], []byte{0x6A, 0x01, 0x00, 0x13, 0x29, 0x03, 0x1E})
	copy(m.registers[0xF7:], []byte{0x65, 0x5A, 0xC0, 0x7E, 0xED, 0x00, 0x76, 0x54})
	return m
}

func (m *fakeMachine) I2CBuses() []string    { return []string{"1"} }
func (m *fakeMachine) SerialPorts() []string { return []string{"/dev/serial0"} }
func (m *fakeMachine) Files() fs.FS          { return m.file }

func (m *fakeMachine) I2C(name string) (i2c.BusCloser, error) {
	if name != "1" {
		return nil, fmt.Errorf("open i2c bus %s: %w", name, fs.ErrNotExist)
	}
	return &m.registers, nil
}

func (m *fakeMachine) Serial(path string, _ int, _ uart.Parity) (io.ReadWriteCloser, error) {
	if path != "/dev/serial0" {
		return nil, fmt.Errorf("open serial port %s: %w", path, ErrConsole)
	}
	return m.port, nil
}

func (m *fakeMachine) Pin(name string) (gpio.PinIn, error) {
	if name != "GPIO17" {
		return nil, fmt.Errorf("open pin %s: %w", name, fs.ErrPermission)
	}
	return m.pin, nil
}

func (m *fakeMachine) Output(string) (gpio.PinOut, error) { return m.pin, nil }

func (m *fakeMachine) Command(_ context.Context, name string, _ ...string) ([]byte, error) {
	if name != "mmcli" {
		return nil, fmt.Errorf("run %s: %w", name, exec.ErrNotFound)
	}
	return []byte("signal: 60%"), nil
}

// fakePin is a line whose edges a test sends.
type fakePin struct {
	gpio.PinIO
	edges chan gpio.Level
	level gpio.Level
}

func (*fakePin) In(gpio.Pull, gpio.Edge) error { return nil }
func (*fakePin) Out(gpio.Level) error          { return nil }
func (p *fakePin) Read() gpio.Level            { return p.level }

func (p *fakePin) WaitForEdge(timeout time.Duration) bool {
	select {
	case p.level = <-p.edges:
		return true
	case <-time.After(timeout):
		return false
	}
}

// registers are a BME280's.
type registers [256]byte

func (b *registers) String() string                { return "registers" }
func (*registers) Close() error                    { return nil }
func (*registers) SetSpeed(physic.Frequency) error { return nil }

func (b *registers) Tx(addr uint16, w, r []byte) error {
	if addr != 0x76 {
		return errors.New("remote I/O error")
	}
	if len(r) > 0 {
		copy(r, b[w[0]:])
		return nil
	}
	for i := 0; i+1 < len(w); i += 2 {
		b[w[i]] = w[i+1]
	}
	return nil
}

// recorded returns what visit made of a recorded machine.
func recorded(t *testing.T, m Machine, visit func(m Machine)) []byte {
	t.Helper()
	var tape bytes.Buffer
	r, err := Record(m, &tape)
	if err != nil {
		t.Fatal(err)
	}
	visit(r)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return tape.Bytes()
}

func replay(t *testing.T, tape []byte) *Tape {
	t.Helper()
	r, err := Replay(bytes.NewReader(tape))
	if err != nil {
		t.Fatalf("%v\n%s", err, tape)
	}
	return r
}

func climate(t *testing.T, m Machine) []driver.Value {
	t.Helper()
	b, err := m.I2C("1")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d, err := bme280.New(b, 0x76)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	v, err := d.Sense(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestReplayGivesADriverTheSameValues(t *testing.T) {
	var want []driver.Value
	tape := recorded(t, newMachine(), func(m Machine) { want = climate(t, m) })
	played := replay(t, tape)
	if diff := cmp.Diff(want, climate(t, played)); diff != "" {
		t.Errorf("(-recorded +replayed):\n%s", diff)
	}
	if h := played.Header(); h.Model != "Raspberry Pi 4 Model B Rev 1.4" || h.Date.IsZero() {
		t.Errorf("header %+v", h)
	}
	if len(played.I2CBuses()) != 1 || len(played.SerialPorts()) != 1 {
		t.Error("the tape lost buses or ports")
	}
}

// particles reads three frames, which come 2.3 s apart. The first Sense is too
// impatient.
func particles(t *testing.T, m Machine) (values [][]driver.Value, errs []string) {
	t.Helper()
	p, err := m.Serial("/dev/serial0", 9600, uart.NoParity)
	if err != nil {
		t.Fatal(err)
	}
	d, err := pms5003.New(p, pms5003.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i := range 4 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if i > 0 {
			cancel()
			ctx, cancel = context.WithTimeout(t.Context(), 3*time.Second)
		}
		v, err := d.Sense(ctx)
		cancel()
		values = append(values, v)
		errs = append(errs, driver.Code(err))
	}
	return values, errs
}

func TestReplayKeepsThePaceOfAPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frame := []byte{
			0x42, 0x4D, 0, 0x1C, 0, 5, 0, 8, 0, 10, 0, 5, 0, 8, 0, 10, 3, 0x84, 0, 0xFA, 0, 0x3C, 0, 10, 0, 2, 0, 1, 0x97, 0, 3, 0x3A,
		}
		var want [][]driver.Value
		var wantErrs []string
		tape := recorded(t, newMachine(), func(m Machine) {
			go func() {
				for range 3 {
					time.Sleep(2300 * time.Millisecond)
					for _, b := range frame {
						time.Sleep(time.Millisecond)
						m.(*Recorder).machine.(*fakeMachine).port.Send(b)
					}
				}
			}()
			want, wantErrs = particles(t, m)
		})
		got, errs := particles(t, replay(t, tape))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-recorded +replayed):\n%s", diff)
		}
		if diff := cmp.Diff(wantErrs, errs); diff != "" || wantErrs[0] != "no_answer" || wantErrs[3] != "" {
			t.Errorf("%v, replayed %v", wantErrs, errs)
		}
	})
}

func TestAnAnswerWaitsForItsQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := replay(t, []byte(`{"siaga_tape":1}
{"t":0,"op":"serial","on":"COM3","n":1,"baud":9600,"parity":"N"}
{"t":1000000,"op":"write","on":"COM3","n":1,"w":"0103"}
{"t":1050000,"op":"read","on":"COM3","n":1,"r":"aabbcc"}
{"t":1060000,"op":"read","on":"COM3","n":1,"err":{"text":"pulled"}}
`)).Serial("COM3", 9600, uart.NoParity)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 2)
		for range 20 {
			if n, err := p.Read(b); n != 0 || err != nil {
				t.Fatalf("before it was asked: %d, %v", n, err)
			}
		}
		if _, err := p.Write([]byte{1, 4}); !errors.Is(err, ErrTape) || !strings.Contains(err.Error(), "line 3") {
			t.Errorf("another question: %v", err)
		}
		if _, err := p.Write([]byte{1, 3}); err != nil {
			t.Fatal(err)
		}
		asked := time.Now()
		for _, want := range []string{"\xaa\xbb", "\xcc"} {
			if n, err := p.Read(b); string(b[:n]) != want || err != nil {
				t.Errorf("read % x, %v", b[:n], err)
			}
		}
		if d := time.Since(asked); d != 50*time.Millisecond {
			t.Errorf("it answered after %v", d)
		}
		if _, err := p.Read(b); err == nil || err.Error() != "pulled" {
			t.Errorf("pulled: %v", err)
		}
		err = nil
		for end := time.Now().Add(2 * slack); err == nil && time.Now().Before(end); {
			_, err = p.Read(b)
		}
		if !errors.Is(err, ErrTape) {
			t.Errorf("the end: %v", err)
		}
		if _, err := p.Write([]byte{1, 3}); !errors.Is(err, ErrTape) {
			t.Errorf("a further question: %v", err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if _, err := p.Read(b); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestErrorsKeepTheirKind(t *testing.T) {
	ask := func(m Machine) []error {
		_, noBus := m.I2C("7")
		_, console := m.Serial("/dev/ttyS0", 9600, uart.NoParity)
		_, denied := m.Pin("GPIO4")
		_, noProgram := m.Command(t.Context(), "vcgencmd", "get_throttled")
		_, noFile := fs.ReadFile(m.Files(), "proc/none")
		return []error{noBus, console, denied, noProgram, noFile}
	}
	var want []error
	tape := recorded(t, newMachine(), func(m Machine) { want = ask(m) })
	kinds := []error{fs.ErrNotExist, ErrConsole, fs.ErrPermission, exec.ErrNotFound, fs.ErrNotExist}
	for i, got := range ask(replay(t, tape)) {
		if got == nil || got.Error() != want[i].Error() || !errors.Is(got, kinds[i]) {
			t.Errorf("%v, replayed %v, want a %v", want[i], got, kinds[i])
		}
	}
}

func TestFilesAndCommands(t *testing.T) {
	look := func(m Machine) (said []string) {
		for _, name := range []string{"proc/uptime", "proc/raw"} {
			b, err := fs.ReadFile(m.Files(), name)
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, string(b))
		}
		list, err := fs.ReadDir(m.Files(), "proc")
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			said = append(said, fs.FormatDirEntry(d))
		}
		out, err := m.Command(t.Context(), "mmcli", "-m", "any")
		if err != nil {
			t.Fatal(err)
		}
		return append(said, string(out))
	}
	var want []string
	tape := recorded(t, newMachine(), func(m Machine) { want = look(m) })
	played := replay(t, tape)
	for range 2 { // a state stays
		if diff := cmp.Diff(want, look(played)); diff != "" {
			t.Errorf("(-recorded +replayed):\n%s", diff)
		}
	}
}
