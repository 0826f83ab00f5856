//go:build !linux

package simbus

import (
	"context"
	"errors"
	"fmt"
)

// ServePTY offers a port of the board as a terminal of the computer. It works
// on Linux only; here it is an error that wraps errors.ErrUnsupported.
func (m *Machine) ServePTY(_ context.Context, path string, _ func(tty string)) error {
	return fmt.Errorf("serve serial port %s as a terminal: %w", path, errors.ErrUnsupported)
}
