//go:build unix

package generator

import (
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// state is what the node says of itself, or what its Will says.
func (n *node) state(online bool) (message, error) {
	s := wire.NodeState{
		Online: online, Version: "bench", Boot: boot, Clock: wire.Synced, ClockErrS: clockErrS, Sim: true, Site: site,
		TimeMS: time.Now().UnixMilli(), Epoch: epoch,
	}
	if online {
		s.NextSeq = n.next
		n.mu.Lock()
		for seq, u := range n.pending {
			s.Outstanding = append(s.Outstanding, wire.SeqRange{From: seq, To: seq})
			s.Queue.Packs++
			s.Queue.Bytes += uint64(len(u.payload))
		}
		n.mu.Unlock()
		s.Queue.QueuedReadings = (n.next - 1) * Readings
	}
	for _, x := range Sensors {
		sensor := wire.SensorState{ID: x.ID, Driver: x.Driver, IntervalMS: n.pace.StepMS, Health: wire.HealthOK, SinceMS: s.TimeMS}
		for _, q := range x.Quantities {
			sensor.Quantities = append(sensor.Quantities, q.String())
		}
		s.Sensors = append(s.Sensors, sensor)
	}
	b, err := s.Encode()
	return message{topic: wire.Topic(NodeID(n.n), wire.State), payload: b, retain: true}, err
}
