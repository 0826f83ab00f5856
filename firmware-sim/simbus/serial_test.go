package simbus

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/uart"
)

const path = "/dev/ttyS1"

func board(t *testing.T, speed float64) (*Machine, *Plug, *talker) {
	t.Helper()
	m, c := New(newClock(speed)), &talker{}
	p, err := m.PlugSerial(path, 9600, c)
	if err != nil {
		t.Fatal(err)
	}
	return m, p, c
}

func open(t *testing.T, m *Machine, baud int) io.ReadWriteCloser {
	t.Helper()
	p, err := m.Serial(path, baud, uart.NoParity)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// listen reads for a while and returns all that came.
func listen(t *testing.T, p io.Reader, length time.Duration) (all []byte) {
	t.Helper()
	b := make([]byte, 64)
	for end := time.Now().Add(length); time.Now().Before(end); {
		n, err := p.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b[:n]...)
	}
	return all
}

func TestReadWaitsAndGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := board(t, 1)
		p := open(t, m, 9600)
		begin := time.Now()
		b := make([]byte, 3)
		for n, err := 0, error(nil); n == 0 && err == nil; {
			n, err = p.Read(b)
		}
		if waited := time.Since(begin); waited != time.Second {
			t.Errorf("the first byte came after %v, want 1s", waited)
		}
		if string(b) != "tic" {
			t.Errorf("read %q", b)
		}
		if n, err := p.Read(b); string(b[:n]) != "k\x01" || err != nil {
			t.Errorf("the rest is %q, %v", b[:n], err)
		}
		begin = time.Now()
		if n, err := p.Read(b); n != 0 || err != nil || time.Since(begin) != 200*time.Millisecond {
			t.Errorf("a silent line gave %d, %v after %v", n, err, time.Since(begin))
		}
	})
}

func TestWhatWasSentBeforeOpeningIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := board(t, 1)
		p := open(t, m, 9600)
		time.Sleep(2500 * time.Millisecond)
		p.Close()
		p = open(t, m, 9600)
		if got := listen(t, p, time.Second); string(got) != "tick\x03" {
			t.Errorf("heard %q", got)
		}
	})
}

func TestAnswerWakesTheReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := board(t, 1)
		p := open(t, m, 9600)
		go func() {
			time.Sleep(50 * time.Millisecond)
			p.Write([]byte("ping"))
		}()
		begin := time.Now()
		b := make([]byte, 8)
		n, err := p.Read(b)
		if string(b[:n]) != "ping" || err != nil || time.Since(begin) != 50*time.Millisecond {
			t.Errorf("read %q, %v after %v", b[:n], err, time.Since(begin))
		}
	})
}

func TestFastClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := board(t, 1000)
		p := open(t, m, 9600)
		reads := 0
		b := make([]byte, 1024)
		total := 0
		for begin := time.Now(); time.Since(begin) < time.Second; reads++ {
			n, err := p.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			total += n
		}
		if total < 990*5 || total > 1010*5 {
			t.Errorf("%d bytes in 1000 world seconds, want 5000", total)
		}
		if reads > 101 {
			t.Errorf("%d reads in a second: the reader is kept too busy", reads)
		}
	})
}

func TestSerialFaults(t *testing.T) {
	for _, tc := range []struct {
		fault Fault
		want  func(b []byte) bool
	}{
		{Silent, func(b []byte) bool { return len(b) == 0 }},
		{NACK, func(b []byte) bool { return len(b) == 0 }},
		{Half, func(b []byte) bool { return string(b) == "titi" }},
		{Garbage, func(b []byte) bool {
			return len(b) == 10 && !bytes.HasPrefix(b, []byte("tick\x01")) && !bytes.HasSuffix(b, []byte("tick\x02"))
		}},
	} {
		t.Run(tc.fault.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, plug, _ := board(t, 1)
				p := open(t, m, 9600)
				plug.SetFault(tc.fault)
				if got := listen(t, p, 2500*time.Millisecond); !tc.want(got) {
					t.Errorf("heard %q", got)
				}
				plug.SetFault(None)
				if got := listen(t, p, time.Second); string(got) != "tick\x03" {
					t.Errorf("once mended: heard %q", got)
				}
			})
		})
	}
}

func TestWrongSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, c := board(t, 1)
		p := open(t, m, 115200)
		p.Write([]byte("ping"))
		if c.heard != nil {
			t.Errorf("the chip understood %q", c.heard)
		}
		if got := listen(t, p, 1100*time.Millisecond); len(got) == 0 || string(got) == "tick\x01" {
			t.Errorf("heard %q", got)
		}
	})
}

func TestUnplug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, plug, _ := board(t, 1)
		p := open(t, m, 9600)
		go func() {
			time.Sleep(30 * time.Millisecond)
			plug.SetFault(Unplugged)
		}()
		begin := time.Now()
		if _, err := p.Read(make([]byte, 8)); !errors.Is(err, ErrUnplugged) || time.Since(begin) != 30*time.Millisecond {
			t.Errorf("a pulled plug gave %v after %v", err, time.Since(begin))
		}
		if _, err := m.Serial(path, 9600, uart.NoParity); !errors.Is(err, ErrUnplugged) {
			t.Errorf("opened a pulled port: %v", err)
		}
		plug.SetFault(None)
		if _, err := p.Write([]byte("x")); !errors.Is(err, ErrUnplugged) {
			t.Errorf("the old opening came back to life: %v", err)
		}
		q := open(t, m, 9600) // the old opening does not hold the new device
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if _, err := m.Serial(path, 9600, uart.NoParity); !errors.Is(err, ErrBusy) {
			t.Errorf("opened twice: %v", err)
		}
		if got := listen(t, q, 1100*time.Millisecond); len(got) != 5 {
			t.Errorf("after plugging in again: heard %q", got)
		}
	})
}

func TestCloseEndsARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _, _ := board(t, 1)
		p := open(t, m, 9600)
		go func() {
			time.Sleep(30 * time.Millisecond)
			p.Close()
		}()
		if _, err := p.Read(make([]byte, 8)); !errors.Is(err, ErrClosed) {
			t.Errorf("read gave %v", err)
		}
		if err := p.Close(); !errors.Is(err, ErrClosed) {
			t.Errorf("closed twice: %v", err)
		}
		if _, err := m.Serial("/dev/ttyS9", 9600, uart.NoParity); !errors.Is(err, ErrNotFound) {
			t.Errorf("opened a port that is not there: %v", err)
		}
		if _, err := m.PlugSerial(path, 9600, &talker{}); !errors.Is(err, ErrBusy) {
			t.Errorf("plugged in twice: %v", err)
		}
	})
}
