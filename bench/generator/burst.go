//go:build unix

package generator

import (
	"bufio"
	"errors"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/internal/wire"
)

// Burst sends packs as fast as they are acknowledged: every node some, one after
// the other, each of the five seconds after the one before.
type Burst struct {
	Nodes int
	// FirstSeq is the first pack's number, Packs how many each node sends.
	FirstSeq uint64
	Packs    int
	// BeginMS is the time of pack number 0.
	BeginMS int64
	// Window is how many packs a node has under way without acknowledgement.
	Window int
}

// Readings is how many readings all packs have.
func (b Burst) Readings() int { return b.Nodes * b.Packs * Readings }

// Payload is the pack that node n sends under that number.
func (b Burst) Payload(n int, seq uint64) ([]byte, error) {
	const step = int64(time.Second / time.Millisecond)
	begin := b.BeginMS + int64(seq)*Samples*step
	var p wire.Pack
	fill(&p, n, seq, times{begin, step, begin + Samples*step}, false)
	return p.AppendCBOR(nil)
}

// burst is a Burst whose every byte is prepared.
type burst struct {
	nodes  []*burstNode
	report Report
}

func prepareBurst(addr string, b Burst) (*burst, error) {
	p := &burst{nodes: make([]*burstNode, b.Nodes)}
	for n := range p.nodes {
		var err error
		if p.nodes[n], err = newBurstNode(addr, b, n); err != nil {
			return nil, err
		}
		p.report.Bytes += p.nodes[n].bytes
	}
	p.report.Packs = b.Nodes * b.Packs
	return p, nil
}

// run ends when the center has acknowledged every pack.
func (p *burst) run(time.Time) (Report, error) {
	before := processorTime()
	var group errgroup.Group
	for _, n := range p.nodes {
		group.Go(n.send)
		group.Go(n.receive)
	}
	if err := group.Wait(); err != nil {
		return p.report, err
	}
	p.report.CPU = processorTime() - before
	p.report.Acked = p.report.Packs
	return p.report, nil
}

// burstNode is one node's connection.
type burstNode struct {
	conn    net.Conn
	in      *bufio.Reader
	packets [][]byte
	bytes   int // of the packs in them
	window  chan struct{}
}

func newBurstNode(addr string, b Burst, n int) (*burstNode, error) {
	s := &burstNode{window: make(chan struct{}, b.Window)}
	for i := range b.Packs {
		pack, err := b.Payload(n, b.FirstSeq+uint64(i))
		if err != nil {
			return nil, err
		}
		s.bytes += len(pack)
		s.packets = append(s.packets, publishPacket(uint16(i%60_000+1), message{topic: wire.Topic(NodeID(n), wire.Live), payload: pack}))
	}
	var err error
	s.conn, s.in, err = dial(addr, n, 0, nil, wire.Topic(NodeID(n), wire.AckChannel))
	return s, err
}

func (s *burstNode) send() error {
	for _, p := range s.packets {
		s.window <- struct{}{}
		if _, err := s.conn.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// receive ends when every pack is acknowledged by the broker and by the center.
func (s *burstNode) receive() error {
	defer s.conn.Close()
	var buffer []byte
	for confirmed, acked := 0, 0; confirmed < len(s.packets) || acked < len(s.packets); {
		kind, body, err := readPacket(s.in, &buffer)
		if err != nil {
			return err
		}
		switch kind {
		case puback:
			confirmed++
		case publish:
			_, payload, err := parseMessage(body)
			if err != nil {
				return err
			}
			ack, err := wire.ParseAck(payload)
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
