//go:build integration

package chaos

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What may become of a line. No packet tells anybody: connections stand on both
// sides until somebody's patience ends, and what was under way is gone.
const (
	// unplugged takes the far machine's own interface down, and its routes with it.
	unplugged trouble = "unplugged"
	// noCarrier takes the router's interface to the far machine down.
	noCarrier trouble = "no-carrier"
	// beyond takes the router's other interface down: the far machine sees nothing.
	beyond trouble = "beyond"
	// holeUp and holeDown are routes that swallow what goes one way.
	holeUp   trouble = "hole-up"
	holeDown trouble = "hole-down"
)

// line is the way to programs elsewhere, in a network namespace of their own behind
// a router, which is another one; nil is no way: they are on this machine.
//
//	this machine [here] 1 ── 2 [near] router [out] 5 ── 6 [eth0] far
type line struct {
	here, router, far string
	net               string // of its addresses, without the last number
	first             int    // what the last numbers are counted from
}

// newLine makes line number n, below 32, of this process; only root may. Its error
// says why there is none.
func newLine(n int) (*line, error) {
	pid := os.Getpid()
	l := &line{
		here: fmt.Sprintf("sc%d-%d", pid, n), router: fmt.Sprintf("%s-%d-router", mine(), n), far: fmt.Sprintf("%s-%d-far", mine(), n),
		net: fmt.Sprintf("198.%d.%d.", 18+pid>>8&1, pid&255), first: 8 * n, // RFC 2544: 198.18.0.0/15 is for tests
	}
	if os.Getuid() != 0 {
		return nil, errors.New("not root")
	}
	if err := l.make(); err != nil {
		return nil, errors.Join(err, l.remove())
	}
	return l, nil
}

func (l *line) at(n int) string { return fmt.Sprint(l.net, l.first+n) }

// host is the address of this machine as the far one has it.
func (l *line) host() string {
	if l == nil {
		return "127.0.0.1"
	}
	return l.at(1)
}

func (l *line) make() error {
	err := inTurn(
		"netns add "+l.router,
		"netns add "+l.far,
		"link add "+l.here+" type veth peer name near netns "+l.router,
		"-n "+l.router+" link add out type veth peer name eth0 netns "+l.far,
		"addr add "+l.at(1)+"/30 dev "+l.here,
		"-n "+l.router+" addr add "+l.at(2)+"/30 dev near",
		"-n "+l.router+" addr add "+l.at(5)+"/30 dev out",
		"-n "+l.far+" addr add "+l.at(6)+"/30 dev eth0",
		"-n "+l.far+" link set lo up",
		"link set "+l.here+" up",
		"netns exec "+l.router+" cp /dev/stdin /proc/sys/net/ipv4/ip_forward",
	)
	if err == nil {
		err = l.set(none)
	}
	if err == nil {
		err = inTurn("route add " + l.at(4) + "/30 via " + l.at(2) + " dev " + l.here)
	}
	if err != nil {
		return err
	}
	// Nobody listens there; a refusal has gone both ways.
	c, err := net.DialTimeout("tcp", l.at(6)+":9", 2*time.Second)
	if err == nil {
		c.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("reach a network namespace: %w", err)
	}
	return nil
}

// remove removes what there is of the line.
func (l *line) remove() error {
	var errs []error
	if _, err := os.Stat("/sys/class/net/" + l.here); err == nil {
		errs = append(errs, inTurn("link del "+l.here)) // with its namespace it would go some time later
	}
	for _, name := range []string{l.router, l.far} {
		if _, err := os.Stat("/run/netns/" + name); err == nil {
			errs = append(errs, inTurn("netns del "+name))
		}
	}
	return errors.Join(errs...)
}

// set brings trouble, or none.
func (l *line) set(to trouble) error {
	err := inTurn(
		"-n "+l.router+" link set near up",
		"-n "+l.router+" link set out up",
		"-n "+l.far+" link set eth0 up",
		"-n "+l.far+" route replace default via "+l.at(5),
		"-n "+l.router+" route flush type blackhole",
	)
	if err != nil {
		return err
	}
	switch to {
	case unplugged:
		return inTurn("-n " + l.far + " link set eth0 down")
	case noCarrier:
		return inTurn("-n " + l.router + " link set out down")
	case beyond:
		return inTurn("-n " + l.router + " link set near down")
	case holeUp:
		return inTurn("-n " + l.router + " route add blackhole " + l.at(1))
	case holeDown:
		return inTurn("-n " + l.router + " route add blackhole " + l.at(6))
	}
	return nil
}

// inside makes a command that runs at the line's far end.
func (l *line) inside(cmd *exec.Cmd) *exec.Cmd {
	if l == nil {
		return cmd
	}
	return exec.Command("ip", append([]string{"netns", "exec", l.far, cmd.Path}, cmd.Args[1:]...)...)
}

// inTurn runs ip with each of the orders, until one fails.
func inTurn(orders ...string) error {
	for _, order := range orders {
		cmd := exec.Command("ip", strings.Fields(order)...)
		cmd.Stdin = strings.NewReader("1\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", order, err, strings.TrimSpace(string(out)))
		}
	}
	return nil
}

// line makes a line where that can be had; otherwise nil.
func (s *stage) line(name string) *line {
	if !s.lines {
		return nil
	}
	l, err := newLine(len(s.on.lines))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := l.remove(); err != nil {
			s.t.Error(err)
		}
	})
	s.links[name] = l
	s.on.lines = append(s.on.lines, name)
	return l
}

// TestALineIsSilent: what is sent into a broken line comes late or never, and
// nobody is told that it broke.
func TestALineIsSilent(t *testing.T) {
	l, err := newLine(31)
	if err != nil {
		t.Skipf("no line can be had: %v", err)
	}
	defer func() {
		if err := l.remove(); err != nil {
			t.Error(err)
		}
	}()
	ln, err := net.Listen("tcp", l.host()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, broken := range []trouble{unplugged, noCarrier, beyond, holeUp, holeDown} {
		echo := l.inside(exec.Command("/bin/bash", "-c", fmt.Sprintf("exec 3<>/dev/tcp/%s; exec cat <&3 >&3", strings.Replace(ln.Addr().String(), ":", "/", 1))))
		if err := echo.Start(); err != nil {
			t.Fatal(err)
		}
		c, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		answer := func(within time.Duration) error {
			var b [1]byte
			if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
				return err
			}
			_, err := c.Read(b[:])
			return err
		}
		say := func() {
			if _, err := c.Write([]byte{'x'}); err != nil {
				t.Errorf("%s: %v", broken, err)
			}
		}
		if say(); answer(5*time.Second) != nil {
			t.Errorf("before %s: no answer", broken)
		}
		if err := l.set(broken); err != nil {
			t.Fatal(err)
		}
		if say(); !errors.Is(answer(500*time.Millisecond), os.ErrDeadlineExceeded) {
			t.Errorf("%s: somebody answered, or was told", broken)
		}
		if err := l.set(none); err != nil {
			t.Fatal(err)
		}
		if err := answer(20 * time.Second); err != nil {
			t.Errorf("after %s: %v", broken, err)
		}
		c.Close()
		_ = echo.Wait() // how cat ends is its own
	}
}
