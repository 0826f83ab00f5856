package tsdb

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// wsaAddrInUse is what Windows says where others say EADDRINUSE.
const wsaAddrInUse = syscall.Errno(10048)

// ListenError says why Open could not listen, and what to do about it.
type ListenError struct {
	Addr string
	Err  error
}

// Error names the address; for a taken one also both remedies.
func (e *ListenError) Error() string {
	if errors.Is(e.Err, syscall.EADDRINUSE) || errors.Is(e.Err, wsaAddrInUse) {
		return fmt.Sprintf("listen on %s: the port is taken, by an InfluxDB or another `siaga up`: end that, choose another with --influx, or set influx.url to use that InfluxDB", e.Addr)
	}
	return fmt.Sprintf("listen on %s: %v", e.Addr, e.Err)
}

// Unwrap returns the system's error.
func (e *ListenError) Unwrap() error { return e.Err }

// NotLoopbackError says that Addr would have let other machines read and write
// without a password.
type NotLoopbackError struct {
	Addr string
}

// Error names the address and the remedy.
func (e *NotLoopbackError) Error() string {
	return fmt.Sprintf("listen on %s: the embedded InfluxDB asks for no password and stays on this machine: use a loopback address such as 127.0.0.1:8086, or run an InfluxDB of its own and set influx.url", e.Addr)
}

// listen opens addr, which must be on this machine only.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &ListenError{Addr: addr, Err: err}
	}
	if !isLoopback(host) {
		return nil, &NotLoopbackError{Addr: addr}
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &ListenError{Addr: addr, Err: err}
	}
	return ln, nil
}

// isLoopback says whether host is this machine as seen by itself. Only literal
// addresses and "localhost" are: any other name may be pointed anywhere.
func isLoopback(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}
