package device

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestFull(t *testing.T) {
	conf := config()
	conf.MaxMessageBytes = maxMessage
	in := open(t, conf, t.TempDir())
	run(t, in)
	big := string(bytes.Repeat([]byte("x"), maxMessage))
	hung := make(chan error, 1)
	link := in.Link(func(err error) { hung <- err })
	defer link.Close()
	acked, taken := make(chan struct{}, 100), 0
	var refused error
	for refused == nil && taken < 100 {
		if refused = link.Take(message(big), func() { acked <- struct{}{} }); refused == nil {
			taken++
		}
	}
	if !errors.Is(refused, ErrFull) {
		t.Fatalf("after %d: %v", taken, refused)
	}
	if why := <-hung; !errors.Is(why, ErrFull) || !strings.Contains(why.Error(), "spool is full") {
		t.Errorf("hung up: %v", why)
	}
	if n := len(stored(t, in)); n != len(acked) {
		t.Errorf("%d stored, %d acknowledged", n, len(acked))
	}
	other := in.Link(func(error) {})
	defer other.Close()
	if err := other.Take(message("small"), nil); !errors.Is(err, ErrFull) {
		t.Errorf("another connection: %v", err)
	}
	if s := in.Status(); s.Accepting || s.Reason == "" {
		t.Errorf("status %+v", s)
	}
	// There is room again, as when somebody raised the limit of the disk.
	if err := in.spool.Ack(in.spool.Waiting()...); err != nil {
		t.Fatal(err)
	}
	in.mu.Lock()
	in.fullSince = in.fullSince.Add(-fullFor)
	in.mu.Unlock()
	done := make(chan struct{})
	third := in.Link(func(err error) { t.Error(err) })
	defer third.Close()
	if err := third.Take(message("small"), func() { close(done) }); err != nil {
		t.Fatal(err)
	}
	<-done
	if s := in.Status(); !s.Accepting || in.Ready(t.Context()) != nil {
		t.Errorf("status %+v", s)
	}
	if err := link.Take(message("again"), nil); err == nil {
		t.Error("a connection that missed a message took another: the order is lost")
	}
}

func TestBrokenDisk(t *testing.T) {
	in := open(t, config(), t.TempDir())
	hung := make(chan error, 2)
	link := in.Link(func(err error) { hung <- err })
	defer link.Close()
	for range 2 {
		if err := link.Take(message("x"), func() { t.Error("acknowledged") }); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.spool.Close(); err != nil {
		t.Fatal(err)
	}
	if err := in.Run(t.Context()); err == nil {
		t.Error("Run goes on without a disk")
	}
	<-hung
	if len(hung) > 0 {
		t.Error("hung up twice")
	}
	if err := link.Take(message("x"), nil); err == nil {
		t.Error("taken without a disk")
	}
}

// TestMemoryIsBounded floods it from many connections while the disk takes nothing.
func TestMemoryIsBounded(t *testing.T) {
	conf := config()
	conf.MaxMessageBytes = maxMessage
	in := open(t, conf, t.TempDir())
	big := string(bytes.Repeat([]byte("x"), maxMessage))
	var flood sync.WaitGroup
	for range 10 {
		flood.Go(func() {
			link := in.Link(func(error) {})
			defer link.Close()
			for link.Take(message(big), nil) == nil {
			}
		})
	}
	limit := queueBytes / (maxMessage + recordFixed + len(topic))
	for deadline := time.Now().Add(20 * time.Second); len(in.queue) < limit; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d queued", len(in.queue), limit)
		}
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	flood.Wait()
	if n := len(in.queue); n > 0 {
		t.Errorf("%d still queued", n)
	}
}
