package sps30

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
)

// Address is the sensor's only I2C address.
const Address = 0x69

// Commands on I2C (datasheet §6.3) and the longest that they take.
const (
	i2cStart    = 0x0010
	i2cReady    = 0x0202
	i2cRead     = 0x0300
	i2cWake     = 0x1103
	i2cInterval = 0x8004
	i2cProduct  = 0xD002
	i2cSerial   = 0xD033
	i2cStatus   = 0xD206
	i2cClear    = 0xD210

	takes = 20 * time.Millisecond
)

// asFloats is the start command's word for big-endian floats.
const asFloats = 0x0300

// bus is the sensor on an I2C bus. One call runs at a time.
type bus struct {
	conn sensirion.Conn
}

var _ line = (*bus)(nil)

func newBus(b i2c.Bus) *bus { return &bus{sensirion.Conn{Bus: b, Addr: Address}} }

func (b *bus) serial(ctx context.Context) (string, error) {
	data, err := b.ask(ctx, i2cSerial, 16)
	if err != nil {
		return "", err
	}
	return text(data)
}

func (b *bus) wake(ctx context.Context) error {
	_ = b.conn.Send(i2cWake) // wakes the interface, which does not acknowledge it
	if err := b.conn.Send(i2cWake); err != nil {
		return err
	}
	return sensirion.Pause(ctx, takes)
}

func (b *bus) start(ctx context.Context) error {
	if err := b.conn.Send(i2cStart, asFloats); err != nil {
		return err
	}
	return sensirion.Pause(ctx, takes)
}

func (b *bus) read(ctx context.Context) ([]byte, error) {
	ready, err := b.conn.Ask(ctx, i2cReady, takes, 1)
	if err != nil || ready[0]&1 == 0 {
		return nil, err
	}
	return b.ask(ctx, i2cRead, measuredSize/2)
}

func (b *bus) interval(ctx context.Context) (uint32, error) {
	return b.double(ctx, i2cInterval)
}

func (b *bus) setInterval(ctx context.Context, seconds uint32) error {
	if err := b.conn.Send(i2cInterval, uint16(seconds>>16), uint16(seconds)); err != nil {
		return err
	}
	return sensirion.Pause(ctx, takes)
}

// status is asked of a sensor that has just answered, so that one which does not
// acknowledge it does not know it.
func (b *bus) status(ctx context.Context) (uint32, error) {
	status, err := b.double(ctx, i2cStatus)
	if errors.Is(err, driver.ErrNoAnswer) && ctx.Err() == nil {
		err = errUnknown
	}
	return status, err
}

func (b *bus) clearStatus(ctx context.Context) error {
	if err := b.conn.Send(i2cClear); err != nil {
		return err
	}
	return sensirion.Pause(ctx, takes)
}

func (*bus) close() error { return nil }

func (b *bus) double(ctx context.Context, cmd uint16) (uint32, error) {
	data, err := b.ask(ctx, cmd, 2)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(data), nil
}

// ask returns the words' bytes, without their checksums.
func (b *bus) ask(ctx context.Context, cmd uint16, n int) ([]byte, error) {
	words, err := b.conn.Ask(ctx, cmd, takes, n)
	if err != nil {
		return nil, err
	}
	var data []byte
	for _, w := range words {
		data = binary.BigEndian.AppendUint16(data, w)
	}
	return data, nil
}
