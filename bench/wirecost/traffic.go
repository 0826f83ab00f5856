//go:build linux

package main

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// traffic is what went over a connection: bytes that TCP carried, and segments, each
// as seen from the node.
type traffic struct {
	BytesUp      int64 `json:"tcp_payload_bytes_up"`
	BytesDown    int64 `json:"tcp_payload_bytes_down"`
	SegmentsUp   int64 `json:"segments_up"`
	SegmentsDown int64 `json:"segments_down"`
}

// headers are what every segment has before its bytes: IPv4 20 (RFC 791), TCP 20 (RFC
// 9293) and its timestamps with padding 12 (RFC 7323).
const headers = 20 + 20 + 12

func (t traffic) upBytes() int64   { return t.BytesUp + headers*t.SegmentsUp }
func (t traffic) downBytes() int64 { return t.BytesDown + headers*t.SegmentsDown }
func (t traffic) wireBytes() int64 { return t.upBytes() + t.downBytes() }

// since is what has gone since an earlier look.
func (t traffic) since(earlier traffic) traffic {
	return traffic{
		t.BytesUp - earlier.BytesUp, t.BytesDown - earlier.BytesDown,
		t.SegmentsUp - earlier.SegmentsUp, t.SegmentsDown - earlier.SegmentsDown,
	}
}

// mss is the longest segment that a link with an MTU of 1500 bytes carries, its
// options counted in.
const mss = 1500 - 40

// counter stands between one node and a broker, and asks the kernel what went over
// the node's connection. It takes one connection in its life.
type counter struct {
	listener net.Listener
	broker   string
	served   sync.WaitGroup
	stop     context.CancelFunc

	mu   sync.Mutex
	node *net.TCPConn
}

// newCounter listens for a node of the broker.
func newCounter(ctx context.Context, broker string) (*counter, error) {
	var set error
	long := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		err := c.Control(func(fd uintptr) { set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, mss) })
		return errors.Join(err, set)
	}}
	l, err := long.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	c := &counter{listener: l, broker: broker, stop: stop}
	c.served.Go(func() { c.serve(ctx) })
	return c, nil
}

func (c *counter) addr() string { return c.listener.Addr().String() }

// serve ends with either side of the connection.
func (c *counter) serve(ctx context.Context) {
	context.AfterFunc(ctx, func() { c.listener.Close() })
	node, err := c.listener.Accept()
	if err != nil {
		return
	}
	defer node.Close()
	c.mu.Lock()
	c.node = node.(*net.TCPConn)
	c.mu.Unlock()
	broker, err := net.Dial("tcp", c.broker)
	if err != nil {
		return // the node finds its connection closed
	}
	defer broker.Close()
	hangUp := func() { node.Close(); broker.Close() }
	defer context.AfterFunc(ctx, hangUp)()
	var both sync.WaitGroup
	pass := func(to, from net.Conn) {
		defer hangUp()
		_, _ = io.Copy(struct{ io.Writer }{to}, from) // it ends with the connection
	}
	both.Go(func() { pass(broker, node) })
	both.Go(func() { pass(node, broker) })
	both.Wait()
}

// look is what has gone so far.
func (c *counter) look() (t traffic, err error) {
	c.mu.Lock()
	node := c.node
	c.mu.Unlock()
	if node == nil {
		return t, errors.New("the node has not connected")
	}
	raw, err := node.SyscallConn()
	if err != nil {
		return t, err
	}
	var info *unix.TCPInfo
	var asked error
	if err := raw.Control(func(fd uintptr) { info, asked = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }); err != nil {
		return t, err
	}
	if asked != nil {
		return t, asked
	}
	return traffic{int64(info.Bytes_received), int64(info.Bytes_acked), int64(info.Segs_in), int64(info.Segs_out)}, nil
}

func (c *counter) close() {
	c.stop()
	c.listener.Close()
	c.served.Wait()
}
