package doctor

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
)

// answering returns the address of a server that reads something and answers it,
// and a function that returns what it read.
func answering(t *testing.T, answer ...byte) (addr string, read func() string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var said strings.Builder
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				b := make([]byte, 512)
				for {
					n, err := conn.Read(b)
					mu.Lock()
					said.Write(b[:n])
					mu.Unlock()
					if err != nil {
						return
					}
					if _, err := conn.Write(answer); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		serving.Wait()
	})
	return ln.Addr().String(), func() string {
		mu.Lock()
		defer mu.Unlock()
		return said.String()
	}
}

// The answers to CONNECT (MQTT 3.1.1 §3.2).
var (
	accepted      = []byte{0x20, 2, 0, 0}
	notAuthorized = []byte{0x20, 2, 0, 5}
)

func TestReach(t *testing.T) {
	https := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(https.Close)
	good, said := answering(t, accepted...)
	refusing, _ := answering(t, notAuthorized...)
	strange, _ := answering(t, 0x15, 3, 1, 0, 2, 2, 70) // a TLS server to whom this is no TLS
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, tc := range []struct {
		name string
		c    mqtt.Config
		want error
	}{
		{"a broker", mqtt.Config{URL: "tcp://" + good}, nil},
		{"it refuses", mqtt.Config{URL: "tcp://" + refusing}, ErrMQTT},
		{"no broker", mqtt.Config{URL: "tcp://" + strange}, ErrMQTT},
		{"nobody there", mqtt.Config{URL: "tcp://" + gone.Addr().String()}, ErrConnect},
		{"no such name", mqtt.Config{URL: "tcp://broker.invalid:1883"}, ErrName},
		{"a certificate of nobody's", mqtt.Config{URL: "tls://" + https.Listener.Addr().String()}, ErrTLS},
		{"another TLS", mqtt.Config{URL: "tls://" + strange}, ErrTLS},
		{"no TLS there", mqtt.Config{URL: "tls://" + good}, ErrTLS},
		{"no URL", mqtt.Config{URL: "tcp://%zz"}, ErrSettings},
		{"no scheme", mqtt.Config{URL: "http://" + good}, ErrSettings},
		{"no password file", mqtt.Config{URL: "tcp://" + good, PasswordFile: "/nonexistent"}, ErrSettings},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := Reach(ctx, tc.c, "sutojayan-01", tc.c.URL, nil); !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
	if !strings.Contains(said(), "sutojayan-01-doctor") {
		t.Errorf("the broker heard %q", said())
	}
}

func TestReachEndsWithItsContext(t *testing.T) {
	silent, said := answering(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for said() == "" && ctx.Err() == nil { // it waits for an answer only then
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if err := Reach(ctx, mqtt.Config{}, "a", "tcp://"+silent, nil); !errors.Is(err, ErrMQTT) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
