package simbus

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/uart"
)

func TestPTY(t *testing.T) {
	defer goleak.VerifyNone(t)
	m := New(newClock(20))
	if _, err := m.PlugSerial(path, 9600, &talker{}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- m.ServePTY(ctx, path, func(tty string) { ready <- tty }) }()
	var name string
	select {
	case name = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	for range 2 { // a program may come, go and come again
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("p\x03\n\r\xffg")); err != nil {
			t.Fatal(err)
		}
		heard, b := "", make([]byte, 64)
		for !strings.Contains(heard, "tick") || !strings.Contains(heard, "p\x03\n\r\xffg") {
			n, err := f.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			heard += string(b[:n])
		}
		f.Close()
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ServePTY ended with %v", err)
	}
	if err := m.ServePTY(t.Context(), "/dev/ttyS9", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("served a port that is not there: %v", err)
	}
	p, err := m.Serial(path, 9600, uart.NoParity)
	if err != nil {
		t.Fatalf("the port was not given back: %v", err)
	}
	defer p.Close()
	if err := m.ServePTY(t.Context(), path, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("served a port that is open: %v", err)
	}
}
