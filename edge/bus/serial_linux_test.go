package bus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/uart"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pty returns the two ends of a pseudo-terminal: the sensor's, and the path of
// the program's.
func pty(t *testing.T) (sensor *os.File, path string) {
	t.Helper()
	sensor, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sensor.Close() })
	if err := unix.IoctlSetPointerInt(int(sensor.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(sensor.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return sensor, fmt.Sprintf("/dev/pts/%d", n)
}

func openSerial(t *testing.T, path string) io.ReadWriteCloser {
	t.Helper()
	p, err := Host{}.Serial(path, 9600, uart.NoParity)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestSerialPassesEveryByte(t *testing.T) {
	sensor, path := pty(t)
	p := openSerial(t, path)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if _, err := sensor.Write(all); err != nil {
		t.Fatal(err)
	}
	var got []byte
	buf := make([]byte, 300)
	for len(got) < len(all) {
		n, err := p.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if !bytes.Equal(got, all) {
		t.Errorf("read % x", got)
	}
	if _, err := p.Write(all); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(sensor, buf[:256]); err != nil || !bytes.Equal(buf[:256], all) {
		t.Errorf("wrote % x, %v", buf[:256], err)
	}
}

func TestSerialReadGivesNothingOnASilentLine(t *testing.T) {
	_, path := pty(t)
	p := openSerial(t, path)
	if n, err := p.Read(make([]byte, 8)); n != 0 || err != nil {
		t.Errorf("Read = %d, %v", n, err)
	}
}

func TestSerialUnpluggedFails(t *testing.T) {
	sensor, path := pty(t)
	p := openSerial(t, path)
	if err := sensor.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := p.Read(make([]byte, 8)); n != 0 || err == nil {
		t.Errorf("Read after hang-up = %d, %v", n, err)
	}
}

func TestSerialCloseEndsReading(t *testing.T) {
	_, path := pty(t)
	p := openSerial(t, path)
	ended := make(chan error)
	go func() {
		for {
			if _, err := p.Read(make([]byte, 8)); err != nil {
				ended <- err
				return
			}
		}
	}()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
	if _, err := p.Write([]byte{1}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
}

func TestSerialRefusesWhatIsNoPort(t *testing.T) {
	if p, err := (Host{}).Serial("/dev/null", 9600, uart.NoParity); err == nil {
		p.Close()
		t.Error("opened /dev/null")
	}
}
