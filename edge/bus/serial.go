package bus

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.bug.st/serial"
	"periph.io/x/conn/v3/uart"
)

var (
	// ErrBusy: another program has the port.
	ErrBusy = errors.New("in use by another program")
	// ErrConsole: the system itself has the port. It is an ErrBusy.
	ErrConsole = fmt.Errorf("%w: it is the system's console", ErrBusy)
)

// readTimeout is how long a Read waits for bytes.
const readTimeout = 200 * time.Millisecond

// consoleFile lists the consoles that the Linux kernel writes to.
const consoleFile = "/sys/class/tty/console/active"

// Serial opens a port ("/dev/serial0", "/dev/ttyUSB0", "COM3") at a baud rate
// with 8 data bits and 1 stop bit, for this program alone. Read
// returns 0 bytes and no error after 200 ms without data, and an error when the
// port was unplugged or closed. Close waits for a Read or Write that runs.
func (h Host) Serial(path string, baud int, parity uart.Parity) (io.ReadWriteCloser, error) {
	bit, ok := parities[parity]
	if !ok {
		return nil, fmt.Errorf("open serial port %s: parity %q: want none, even or odd", path, parity)
	}
	if isConsole(path, consoleFile) {
		return nil, fmt.Errorf("open serial port %s: %w. On a Raspberry Pi: raspi-config, "+
			"Interface Options, Serial Port: login shell no, hardware yes; then restart", path, ErrConsole)
	}
	p, err := serial.Open(path, &serial.Mode{BaudRate: baud, DataBits: 8, Parity: bit, StopBits: serial.OneStopBit})
	if err != nil {
		return nil, fmt.Errorf("open serial port %s: %w", path, h.explain(path, baud, err))
	}
	if err := p.SetReadTimeout(readTimeout); err != nil {
		p.Close()
		return nil, fmt.Errorf("open serial port %s: set read timeout: %w", path, err)
	}
	return &port{serial: p}, nil
}

var parities = map[uart.Parity]serial.Parity{
	uart.NoParity: serial.NoParity, uart.Even: serial.EvenParity, uart.Odd: serial.OddParity,
}

// SerialPorts returns the paths of the machine's serial ports, each once, by the
// name that stays the same when a USB adapter is plugged in elsewhere where it
// has one. The caller owns the slice.
func (Host) SerialPorts() []string {
	var paths []string
	for _, pattern := range []string{
		"/dev/serial/by-id/*", "/dev/serial[0-9]", "/dev/ttyUSB*", "/dev/ttyACM*", "/dev/ttyAMA*",
	} {
		found, err := filepath.Glob(pattern)
		if err == nil {
			paths = append(paths, found...)
		}
	}
	if len(paths) > 0 {
		return once(paths)
	}
	paths, err := serial.GetPortsList()
	if err != nil {
		return nil
	}
	return paths
}

// once leaves out paths of what an earlier one names already.
func once(paths []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(paths, func(p string) bool {
		device := Device(p)
		again := seen[device]
		seen[device] = true
		return again
	})
}

// Device returns the device that a port's path names behind all aliases, such
// as /dev/ttyAMA0 for /dev/serial0. A path of nothing is its own.
func Device(path string) string {
	if device, err := filepath.EvalSymlinks(path); err == nil {
		return device
	}
	return path
}

// explain adds to the serial library's error what a technician can do about it.
func (h Host) explain(path string, baud int, err error) error {
	var pe *serial.PortError
	code := serial.PortErrorCode(-1)
	if errors.As(err, &pe) {
		code = pe.Code()
	}
	switch {
	case code == serial.PortNotFound || errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w; this machine has: %s. Check the plug; on a Raspberry Pi turn the UART on with "+
			"raspi-config (Interface Options, Serial Port: login shell no, hardware yes), and restart",
			fs.ErrNotExist, list(h.SerialPorts()))
	case code == serial.PermissionDenied || errors.Is(err, fs.ErrPermission):
		return permission(path, "dialout")
	case code == serial.PortBusy:
		return fmt.Errorf("%w: see which with: sudo fuser -v %s. If it is agetty, the login console: raspi-config, "+
			"Interface Options, Serial Port: login shell no", ErrBusy, path)
	case code == serial.InvalidSpeed:
		return fmt.Errorf("the port cannot do %d baud: %w", baud, err)
	}
	return err
}

// isConsole reports whether the kernel's list of consoles, in file, has the
// port. Boards name it by an alias, such as /dev/serial0.
func isConsole(path, file string) bool {
	active, err := os.ReadFile(file)
	if err != nil {
		return false // not Linux, or no console
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false // opening it will say why
	}
	return slices.Contains(strings.Fields(string(active)), filepath.Base(real))
}

// port closes the library's port only when no Read or Write runs: the library
// closes the file first and stops a Read after, which in between could read
// from another file that got the same number.
type port struct {
	serial serial.Port
	using  sync.RWMutex // held for reading by Read and Write
	closed atomic.Bool
}

// Read implements io.Reader.
func (p *port) Read(b []byte) (int, error) {
	p.using.RLock()
	defer p.using.RUnlock()
	if p.closed.Load() {
		return 0, fs.ErrClosed
	}
	n, err := p.serial.Read(b)
	if err != nil {
		return n, fmt.Errorf("read serial port: %w", err)
	}
	return n, nil
}

// Write implements io.Writer.
func (p *port) Write(b []byte) (int, error) {
	p.using.RLock()
	defer p.using.RUnlock()
	if p.closed.Load() {
		return 0, fs.ErrClosed
	}
	n, err := p.serial.Write(b)
	if err != nil {
		return n, fmt.Errorf("write serial port: %w", err)
	}
	return n, nil
}

// Close implements io.Closer. Closing again does nothing.
func (p *port) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	p.using.Lock()
	defer p.using.Unlock()
	if err := p.serial.Close(); err != nil {
		return fmt.Errorf("close serial port: %w", err)
	}
	return nil
}
