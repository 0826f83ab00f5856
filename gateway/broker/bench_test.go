package broker

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
	"testing"
)

// BenchmarkPublish measures a pack of 500 bytes from a client's connection to
// the callback, at QoS 1 with its acknowledgement.
func BenchmarkPublish(b *testing.B) {
	var got sync.WaitGroup
	br, err := New(Options{
		Addr:      "127.0.0.1:0",
		OnPublish: func(string, string, []byte, bool) { got.Done() },
		Logger:    slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := br.Start(); err != nil {
		b.Fatal(err)
	}
	defer br.Close()
	c := connect(b, br, "n1", nil)
	payload := bytes.Repeat([]byte("x"), 500)
	b.ReportAllocs()
	for b.Loop() {
		got.Add(1)
		if t := c.Publish("siaga/v1/n1/live", 1, false, payload); !t.Wait() || t.Error() != nil {
			b.Fatal(t.Error())
		}
	}
	got.Wait()
	c.Disconnect(0)
}

// BenchmarkAck measures an acknowledgement from Publish into the queue of the
// node that gets it.
func BenchmarkAck(b *testing.B) {
	br, _ := start(b, Options{})
	c := connect(b, br, "n1", nil)
	in := subscribe(b, c, "siaga/v1/n1/ack", 0)
	payload := bytes.Repeat([]byte("x"), 200)
	b.ReportAllocs()
	for b.Loop() {
		if err := br.Publish("siaga/v1/n1/ack", payload, false, 0); err != nil {
			b.Fatal(err)
		}
		<-in
	}
}
