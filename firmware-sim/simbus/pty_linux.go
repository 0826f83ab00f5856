package simbus

import (
	"context"
	"fmt"
	"io"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/uart"
)

// ServePTY offers a port of the board as a terminal of the computer, so that
// programs which open serial ports can talk to its chip. It calls ready once
// with the terminal's path, such as /dev/pts/3, and carries bytes both ways
// until ctx ends, whose error it returns, or the port fails. The terminal is
// raw; its speed does not matter. While no program has it open, what the chip
// sends is lost, as on a wire. A command from the program reaches the chip
// within 200 ms.
func (m *Machine) ServePTY(ctx context.Context, path string, ready func(tty string)) error {
	m.mu.Lock()
	s := m.ports[path]
	m.mu.Unlock()
	if s == nil {
		return fmt.Errorf("serve serial port %s: %w", path, ErrNotFound)
	}
	line, err := m.Serial(path, s.baud, uart.NoParity)
	if err != nil {
		return err
	}
	defer line.Close()
	master, tty, err := openPTY()
	if err != nil {
		return fmt.Errorf("serve serial port %s: %w", path, err)
	}
	defer unix.Close(master)
	ready(tty)
	return carry(ctx, line, master)
}

// openPTY makes a raw terminal and returns its master end, which never blocks.
func openPTY() (master int, tty string, err error) {
	master, err = unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return -1, "", fmt.Errorf("open /dev/ptmx: %w", err)
	}
	if tty, err = readyPTY(master); err != nil {
		unix.Close(master)
		return -1, "", err
	}
	return master, tty, nil
}

func readyPTY(master int) (tty string, err error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return "", fmt.Errorf("unlock terminal: %w", err)
	}
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return "", fmt.Errorf("ask terminal's number: %w", err)
	}
	tty = fmt.Sprintf("/dev/pts/%d", n)
	t, err := unix.IoctlGetTermios(master, unix.TCGETS)
	if err != nil {
		return "", fmt.Errorf("ask terminal's mode: %w", err)
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B9600
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(master, unix.TCSETS, t); err != nil {
		return "", fmt.Errorf("set terminal's mode: %w", err)
	}
	// Opening and closing it once makes the master report a hang-up for as long
	// as no program has it open.
	slave, err := unix.Open(tty, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", fmt.Errorf("open terminal: %w", err)
	}
	return tty, unix.Close(slave)
}

// carry moves bytes between the port and the terminal. The port's Read, which
// gives up after 200 ms, sets the pace.
func carry(ctx context.Context, line io.ReadWriter, master int) error {
	buf := make([]byte, 1024)
	for ctx.Err() == nil {
		n, err := line.Read(buf)
		if err != nil {
			return err
		}
		fds := []unix.PollFd{{Fd: int32(master), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, 0); err != nil && err != unix.EINTR {
			return fmt.Errorf("poll terminal: %w", err)
		}
		if fds[0].Revents&unix.POLLHUP == 0 && n > 0 {
			// A full terminal loses bytes, as a port does that nobody reads.
			if _, err := unix.Write(master, buf[:n]); err != nil && err != unix.EAGAIN && err != unix.EIO {
				return fmt.Errorf("write terminal: %w", err)
			}
		}
		if fds[0].Revents&unix.POLLIN != 0 {
			n, err := unix.Read(master, buf)
			if err != nil && err != unix.EAGAIN && err != unix.EIO && err != unix.EINTR {
				return fmt.Errorf("read terminal: %w", err)
			}
			if n > 0 {
				if _, err := line.Write(buf[:n]); err != nil {
					return err
				}
			}
		}
	}
	return ctx.Err()
}
