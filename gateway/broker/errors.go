package broker

import (
	"errors"
	"fmt"
	"syscall"
)

// wsaAddrInUse is what Windows says where others say EADDRINUSE.
const wsaAddrInUse = syscall.Errno(10048)

var (
	// ErrNotRunning is returned by Publish before Start and after Close.
	ErrNotRunning = errors.New("broker is not running")
	// ErrTopic is returned by Publish for what is not the name of a topic.
	ErrTopic = errors.New("not a topic name")
	// ErrQoS is returned by Publish for a QoS above 2.
	ErrQoS = errors.New("QoS above 2")
)

// ListenError says why Start could not listen, and what to do about it.
type ListenError struct {
	Addr string
	Err  error
}

// Error names the address; for a taken one also both remedies.
func (e *ListenError) Error() string {
	if errors.Is(e.Err, syscall.EADDRINUSE) || errors.Is(e.Err, wsaAddrInUse) {
		return fmt.Sprintf("listen on %s: the port is taken, probably by an MQTT broker: choose another with --mqtt, or set mqtt.url to use that broker", e.Addr)
	}
	return fmt.Sprintf("listen on %s: %v", e.Addr, e.Err)
}

// Unwrap returns the system's error.
func (e *ListenError) Unwrap() error { return e.Err }

// NotLoopbackError says that Addr would have let other machines read along.
type NotLoopbackError struct {
	Addr string
}

// Error names the address and the remedy.
func (e *NotLoopbackError) Error() string {
	return fmt.Sprintf("listen on %s: the embedded broker does not encrypt there and stays on this machine: use a loopback address such as 127.0.0.1:1883, and secure.addrs for other machines; mqtt.plain_beyond_loopback: true allows it in a network that is guarded otherwise", e.Addr)
}
