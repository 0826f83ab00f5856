package secure

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

// Who sends a request and then nothing does not take all connections there are,
// and nodes get in beside him.
func TestRequestsAreBounded(t *testing.T) {
	const most = 3
	d := open(t, Options{Requesting: most})
	served := make(chan net.Conn, most)
	go func() {
		for {
			c, err := d.HTTP().Accept()
			if err != nil {
				return
			}
			served <- c
		}
	}()
	ask := func() *tls.Conn {
		t.Helper()
		c, err := dial(t, d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n"); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for range most {
		ask()
	}
	first := <-served
	for range most - 1 {
		defer (<-served).Close()
	}
	if _, err := ask().Read(make([]byte, 1)); err != io.EOF || d.Stats().Crowded != 1 {
		t.Errorf("one too many: %v, %+v", err, d.Stats())
	}
	node, err := dial(t, d, "mqtt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := node.Write([]byte{0x10}); err != nil {
		t.Fatal(err)
	}
	if c, err := d.MQTT().Accept(); err != nil {
		t.Error(err)
	} else {
		_ = c.Close()
	}
	_ = first.Close()
	_ = first.Close() // gives one place back, not two
	ask()
	defer (<-served).Close()
	if _, err := ask().Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("one too many: %v", err)
	}
}

func TestEachAddressAsksSoMuch(t *testing.T) {
	var a asking
	a.init(4, 2)
	one, two, local := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("127.0.0.1")
	first, second := a.enter(one), a.enter(one)
	if first == nil || second == nil || a.enter(one) != nil || a.enter(two) == nil {
		t.Error("not two each")
	}
	first()
	for i, want := range []bool{true, true, false} {
		if got := a.enter(local) != nil; got != want {
			t.Errorf("%d of this machine's: taken %v", i+1, got)
		}
	}
	second()
	if a.all != 3 || a.each[one] != 0 || len(a.each) != 2 {
		t.Errorf("%d in all, %v", a.all, a.each)
	}
}

// A branch that nobody takes from, as where the broker is elsewhere, keeps no
// connection.
func TestNobodyTakesThem(t *testing.T) {
	d := open(t, Options{Patience: 500 * time.Millisecond})
	c, err := dial(t, d, "mqtt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte{0x10}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("not closed: %v", err)
	}
	for limit := time.Now().Add(20 * time.Second); d.Stats().Pending > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("still waited for")
		}
	}
}
