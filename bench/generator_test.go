//go:build unix

package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/internal/wire"
)

// generatorEnv makes this test program a generator: it holds the broker's
// address. The load is the first line of its standard input.
const generatorEnv = "SIAGA_BENCH_GENERATOR"

func TestMain(m *testing.M) {
	if addr := os.Getenv(generatorEnv); addr != "" {
		if err := generate(addr); err != nil {
			fmt.Fprintln(os.Stderr, "generator:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// generated is what the generator reports at its end.
type generated struct {
	// CPU is the processor time between the word to go and the last
	// acknowledgement.
	CPU time.Duration `json:"cpu"`
	// Bytes is the size of all packs.
	Bytes int `json:"bytes"`
}

// generate prepares every byte that it will send and connects, says so by an
// empty line, waits for one, sends, and ends when the center has acknowledged
// every pack.
func generate(addr string) error {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	var l load
	if err := json.Unmarshal(line, &l); err != nil {
		return err
	}
	var report generated
	nodes := make([]*sender, l.Nodes)
	for n := range nodes {
		if nodes[n], err = newSender(addr, l, n); err != nil {
			return err
		}
		report.Bytes += nodes[n].bytes
	}
	fmt.Println()
	if _, err := in.ReadByte(); err != nil {
		return err
	}
	before := processorTime()
	var group errgroup.Group
	for _, s := range nodes {
		group.Go(s.send)
		group.Go(s.receive)
	}
	if err := group.Wait(); err != nil {
		return err
	}
	report.CPU = processorTime() - before
	return json.NewEncoder(os.Stdout).Encode(report)
}

// sender is one node's connection.
type sender struct {
	conn   net.Conn
	in     *bufio.Reader
	frames [][]byte // PUBLISH packets
	bytes  int      // of the packs in them
	window chan struct{}
}

func newSender(addr string, l load, n int) (*sender, error) {
	s := &sender{window: make(chan struct{}, l.Window)}
	for i := range l.Packs {
		payload, err := l.payload(n, l.FirstSeq+uint64(i))
		if err != nil {
			return nil, err
		}
		s.bytes += len(payload)
		p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
		p.TopicName, p.Qos, p.MessageID, p.Payload = wire.Topic(nodeID(n), wire.Live), 1, uint16(i%60_000+1), payload
		s.frames = append(s.frames, frame(p))
	}
	var err error
	if s.conn, err = net.Dial("tcp", addr); err != nil {
		return nil, err
	}
	s.in = bufio.NewReader(s.conn)
	c := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	c.ProtocolName, c.ProtocolVersion, c.CleanSession, c.ClientIdentifier = "MQTT", 4, true, string(nodeID(n))
	sub := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	sub.MessageID, sub.Topics, sub.Qoss = 65_000, []string{wire.Topic(nodeID(n), wire.AckChannel)}, []byte{0}
	for _, p := range []packets.ControlPacket{c, sub} {
		if err := p.Write(s.conn); err != nil {
			return nil, err
		}
		if _, err := packets.ReadPacket(s.in); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *sender) send() error {
	for _, f := range s.frames {
		s.window <- struct{}{}
		if _, err := s.conn.Write(f); err != nil {
			return err
		}
	}
	return nil
}

// receive ends when every pack is acknowledged by the broker and by the center.
func (s *sender) receive() error {
	defer s.conn.Close()
	for confirmed, acked := 0, 0; confirmed < len(s.frames) || acked < len(s.frames); {
		p, err := packets.ReadPacket(s.in)
		if err != nil {
			return err
		}
		switch p := p.(type) {
		case *packets.PubackPacket:
			confirmed++
		case *packets.PublishPacket:
			ack, err := wire.ParseAck(p.Payload)
			if err != nil {
				return err
			}
			if len(ack.Refused) > 0 {
				return errors.New("refused: " + ack.Refused[0].Reason)
			}
			for _, r := range ack.Ranges {
				for range r.To - r.From + 1 {
					acked++
					<-s.window
				}
			}
		}
	}
	return nil
}

// processorTime is what this process has used, in user and system mode.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it fails for a wrong argument only
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// frame is the packet's bytes.
func frame(p packets.ControlPacket) []byte {
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}
