package sps30

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/uart"
)

// Commands on the serial port (datasheet §5.3).
const (
	cmdStart    = 0x00
	cmdRead     = 0x03
	cmdWake     = 0x11
	cmdInterval = 0x80
	cmdInfo     = 0xD0
	cmdStatus   = 0xD2
)

// States of an answer (datasheet §5.2); bit 7 only says that the status register
// is worth reading.
const (
	stateMask       = 0x7F
	stateUnknown    = 0x02
	stateNotAllowed = 0x43
)

const (
	// replyIn is how long an answer may take. The slowest command takes 100 ms.
	replyIn = 500 * time.Millisecond
	// tries is how often a command is sent.
	tries = 2
)

// shdlc is the sensor on a serial port. One call runs at a time.
type shdlc struct {
	port   io.Writer
	reader *uart.Reader[frame]
	closed atomic.Bool
}

var _ line = (*shdlc)(nil)

func newSHDLC(port io.ReadWriteCloser, now func() time.Duration) *shdlc {
	return &shdlc{port: port, reader: uart.Start(port, parse, now)}
}

func (s *shdlc) serial(ctx context.Context) (string, error) {
	data, err := s.exchange(ctx, cmdInfo, 3)
	if err != nil {
		return "", err
	}
	return text(data)
}

func (s *shdlc) wake(ctx context.Context) error {
	// The first byte wakes the interface, which loses it (datasheet §5.3.4).
	if err := s.send([]byte{0xFF}); err != nil {
		return err
	}
	_, err := s.exchange(ctx, cmdWake)
	return err
}

func (s *shdlc) start(ctx context.Context) error {
	_, err := s.exchange(ctx, cmdStart, 1, 3)
	return err
}

func (s *shdlc) read(ctx context.Context) ([]byte, error) {
	data, err := s.exchange(ctx, cmdRead)
	if errors.Is(err, errNotNow) {
		return nil, nil
	}
	if err != nil || len(data) != measuredSize {
		return nil, err
	}
	return data, nil
}

func (s *shdlc) interval(ctx context.Context) (uint32, error) {
	data, err := s.exchange(ctx, cmdInterval, 0)
	if err != nil {
		return 0, err
	}
	if len(data) != 4 {
		return 0, fmt.Errorf("%w: cleaning interval in %d bytes", driver.ErrChecksum, len(data))
	}
	return binary.BigEndian.Uint32(data), nil
}

func (s *shdlc) setInterval(ctx context.Context, seconds uint32) error {
	_, err := s.exchange(ctx, cmdInterval, binary.BigEndian.AppendUint32([]byte{0}, seconds)...)
	return err
}

func (s *shdlc) status(ctx context.Context) (uint32, error) {
	data, err := s.exchange(ctx, cmdStatus, 0)
	if err != nil {
		return 0, err
	}
	if len(data) < 4 {
		return 0, fmt.Errorf("%w: status in %d bytes", driver.ErrChecksum, len(data))
	}
	return binary.BigEndian.Uint32(data), nil
}

func (s *shdlc) clearStatus(ctx context.Context) error {
	_, err := s.exchange(ctx, cmdStatus, 1)
	return err
}

func (s *shdlc) close() error {
	s.closed.Store(true)
	return s.reader.Close()
}

// exchange sends a command and returns the data of its answer.
func (s *shdlc) exchange(ctx context.Context, cmd byte, data ...byte) ([]byte, error) {
	var err error
	for range tries {
		sent := time.Now()
		if err = s.send(request(cmd, data...)); err != nil {
			return nil, err
		}
		var f frame
		if f, err = s.reply(ctx, sent, cmd); err == nil {
			return f.data, refusal(f)
		}
		if ctx.Err() != nil || !errors.Is(err, driver.ErrNoAnswer) && !errors.Is(err, driver.ErrChecksum) {
			break
		}
	}
	return nil, err
}

func (s *shdlc) reply(ctx context.Context, sent time.Time, cmd byte) (frame, error) {
	patient, cancel := context.WithTimeout(ctx, replyIn)
	defer cancel()
	for {
		f, err := s.reader.Next(patient)
		if err != nil || f.Value.cmd == cmd && !f.At.Before(sent) {
			return f.Value, err
		}
	}
}

func refusal(f frame) error {
	switch state := f.state & stateMask; state {
	case 0:
		return nil
	case stateUnknown:
		return errUnknown
	case stateNotAllowed:
		return errNotNow
	default:
		return fmt.Errorf("%w: command %02x: state %02x", driver.ErrRefused, f.cmd, state)
	}
}

func (s *shdlc) send(b []byte) error {
	if _, err := s.port.Write(b); err != nil {
		if s.closed.Load() {
			return driver.ErrClosed
		}
		return fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
	}
	return nil
}
