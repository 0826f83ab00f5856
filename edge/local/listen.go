package local

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"

	"golang.org/x/net/netutil"
)

// socketMode lets the node's user and group in.
const socketMode = 0o660

// listen opens a bounded listener.
func listen(network, address string) (net.Listener, error) {
	if network == "unix" {
		if err := clear(address); err != nil {
			return nil, fmt.Errorf("listen: %w", err)
		}
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		return nil, err // it names the address
	}
	if network == "unix" {
		if err := os.Chmod(address, socketMode); err != nil {
			return nil, errors.Join(fmt.Errorf("listen: %w", err), ln.Close())
		}
	}
	return netutil.LimitListener(ln, maxConnections), nil
}

// clear removes the socket that a killed process has left. It removes nothing
// else, and no socket at which somebody answers.
func clear(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is in the way: it is no socket", path)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		return errors.Join(fmt.Errorf("%s is in use by another program", path), conn.Close())
	}
	return os.Remove(path)
}
