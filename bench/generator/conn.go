//go:build unix

package generator

import (
	"bufio"
	"fmt"
	"net"
	"syscall"
	"time"
)

// connectWithin is what a center may take to answer a new node.
const connectWithin = time.Minute

// dial connects node n as what it says of itself, and subscribes. A keep-alive of
// 0 is none.
func dial(addr string, n int, keepAliveS uint16, will *message, topics ...string) (net.Conn, *bufio.Reader, error) {
	conn, err := net.DialTimeout("tcp", addr, connectWithin)
	if err != nil {
		return nil, nil, err
	}
	// What comes has some 200 bytes.
	in := bufio.NewReaderSize(conn, 512)
	err = conn.SetReadDeadline(time.Now().Add(connectWithin))
	for _, step := range []struct {
		ask    []byte
		answer byte
	}{
		{connectPacket(string(NodeID(n)), keepAliveS, will), connack},
		{subscribePacket(1, topics...), suback},
	} {
		if err == nil {
			err = ask(conn, in, step.ask, step.answer)
		}
	}
	if err == nil {
		err = conn.SetReadDeadline(time.Time{})
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("connect %s: %w", NodeID(n), err)
	}
	return conn, in, nil
}

// ask sends a packet and waits for its answer, which ends in 0 where it is yes.
func ask(conn net.Conn, in *bufio.Reader, packet []byte, answer byte) error {
	if _, err := conn.Write(packet); err != nil {
		return err
	}
	var buffer []byte
	for {
		kind, body, err := readPacket(in, &buffer)
		switch {
		case err != nil:
			return err
		case kind == publish: // retained, and faster than the answer
		case kind != answer || len(body) == 0 || body[len(body)-1] != 0:
			return fmt.Errorf("packet %d says % x", kind, body)
		default:
			return nil
		}
	}
}

// processorTime is what this process has used, in user and system mode.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it fails for a wrong argument only
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
