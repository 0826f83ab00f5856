package broker

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// raw connects without a client library, and says CONNECT when id is given.
func raw(t *testing.T, b *Broker, id string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if id == "" {
		return c
	}
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion, p.CleanSession, p.ClientIdentifier = "MQTT", 4, true, id
	if err := p.Write(c); err != nil {
		t.Fatal(err)
	}
	if _, err := packets.ReadPacket(c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestClose closes under clients of every unpleasant kind; goleak sees whether
// one of their goroutines stays.
func TestClose(t *testing.T) {
	b, _ := start(t, Options{})
	raw(t, b, "")                        // never says CONNECT
	raw(t, b, "no-keepalive")            // never says anything more
	friendly := connect(t, b, "n1", nil) // ordinary
	half := raw(t, b, "")                // breaks off in the middle of a CONNECT
	if _, err := half.Write([]byte{0x10, 0x20, 0x00, 0x04}); err != nil {
		t.Fatal(err)
	}
	// Subscribes, and does not read what it gets.
	deaf := raw(t, b, "deaf")
	if err := deaf.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	sub := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	sub.MessageID, sub.Topics, sub.Qoss = 1, []string{"flood"}, []byte{0}
	if err := sub.Write(deaf); err != nil {
		t.Fatal(err)
	}
	if _, err := packets.ReadPacket(deaf); err != nil {
		t.Fatal(err)
	}
	flood := bytes.Repeat([]byte("x"), 100<<10)
	for b.Stats().Dropped == 0 { // its socket and its queue are full
		if err := b.Publish("flood", flood, false, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	next(t, friendly.lost)
	if err := b.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if err := b.Publish("x", nil, false, 0); !errors.Is(err, ErrNotRunning) {
		t.Errorf("publish after close: %v", err)
	}
	if _, err := net.Dial("tcp", b.Addr()); err == nil {
		t.Error("still listening")
	}
	if err := b.Start(); err == nil {
		t.Error("started again")
	}
}

// TestTopicAlias tries to hide a topic behind an alias of MQTT 5.
func TestTopicAlias(t *testing.T) {
	b, got := start(t, Options{})
	c := raw(t, b, "")
	connect5 := []byte{0x10, 15, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 0, 0, 2, 'n', '1'}
	topic := "siaga/v1/n1/ack"
	publish := []byte{0x30, byte(2 + len(topic) + 4 + 1), 0, byte(len(topic))}
	publish = append(publish, topic...)
	publish = append(publish, 3, 0x23, 0, 1, 'x')
	if _, err := c.Write(append(connect5, publish...)); err != nil {
		t.Fatal(err)
	}
	// CONNACK, DISCONNECT, end.
	answer, err := io.ReadAll(bufio.NewReader(c))
	if err != nil || len(answer) == 0 || answer[0] != 0x20 {
		t.Errorf("answer % x, %v", answer, err)
	}
	if len(got) != 0 {
		t.Errorf("published %+v", <-got)
	}
}

// TestLogKeepsSecrets makes mochi complain of a packet and looks for it.
func TestLogKeepsSecrets(t *testing.T) {
	var log lockedLog
	b, _ := start(t, Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	c := connect(t, b, "n1", func(o *mqtt.ClientOptions) { o.SetUsername("u").SetPassword("rahasia") })
	// A second CONNECT is against the protocol.
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion, p.CleanSession, p.ClientIdentifier = "MQTT", 4, true, "n1"
	p.UsernameFlag, p.PasswordFlag, p.Username, p.Password = true, true, "u", []byte("rahasia")
	var raw bytes.Buffer
	if err := p.Write(&raw); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	_, err := c.conn.Write(raw.Bytes())
	c.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	next(t, c.lost)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if s := log.String(); !strings.Contains(s, "error processing packet") || strings.Contains(s, "rahasia") || strings.Contains(s, "level=WARN") {
		t.Errorf("log:\n%s", s)
	}
}

// lockedLog is what was logged, for tests that read it while others write.
type lockedLog struct {
	mu  sync.Mutex
	buf strings.Builder
}

// Write appends p.
func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String returns all of it.
func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
