package edge

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// stateInterval is how often the node state is repeated without a change.
const stateInterval = time.Minute

// farewellLimit bounds the wait for the broker's confirmation of the last state.
const farewellLimit = time.Second

// sensorStates collects what the samplers say. It may be used concurrently.
type sensorStates struct {
	changed chan struct{}

	mu   sync.Mutex
	byID map[reading.SensorID]wire.SensorState
}

func newSensorStates() *sensorStates {
	return &sensorStates{changed: make(chan struct{}, 1), byID: map[reading.SensorID]wire.SensorState{}}
}

func (s *sensorStates) set(st wire.SensorState) {
	s.mu.Lock()
	s.byID[st.ID] = st
	s.mu.Unlock()
	signal(s.changed)
}

// list returns the states by id, their boot times as UTC, or 0 while that is not
// known.
func (s *sensorStates) list(offset Offset) []wire.SensorState {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]wire.SensorState, 0, len(s.byID))
	for _, st := range s.byID {
		if st.SinceMS += offset.UnixMS; offset.State == wire.Unknown {
			st.SinceMS = 0
		}
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b wire.SensorState) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return all
}

// unsaid makes the next step send the node state.
func (s *sender) unsaid() { s.stateSentAt = time.Time{} }

// sendState publishes what the center is to know of this node. With online
// false it waits a moment, so that the node does not leave as broken.
func (s *sender) sendState(online bool) {
	st := s.nodeState(online)
	b, err := st.Encode()
	if err != nil {
		s.log.Error("node state not sent", "err", err)
		return
	}
	sent := s.conn.PublishAsync(mqtt.Message{Topic: wire.Topic(s.node, wire.State), Payload: b, QoS: 1, Retain: true})
	if online {
		s.said = &saidState{confirmed: sent, epoch: st.Epoch, next: st.NextSeq}
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewellLimit)
	defer cancel()
	if err := sent(ctx); err != nil {
		s.log.Warn("center was not told that the node stops", "err", err)
	}
}

func (s *sender) nodeState(online bool) wire.NodeState {
	boot, offset := s.time.now()
	sealed := s.sealer.state()
	st := wire.NodeState{
		Online: online, Version: s.about.version, Boot: s.clock.BootID(),
		Clock: offset.State, ClockErrS: offset.ErrS, Sim: s.about.sim, Site: s.about.site,
		Epoch: s.id.Epoch, NextSeq: s.queue.Next(),
		Sensors: s.sensors.list(offset),
	}
	if offset.State != wire.Unknown {
		st.TimeMS = boot.Milliseconds() + offset.UnixMS
	}
	// In this order: what is dropped meanwhile is named as given up, and what is
	// named nowhere the center takes for acknowledged.
	st.Outstanding = s.outstanding(st.NextSeq)
	s.adoptLosses(time.Now())
	st.GivenUp = s.losses.list(st.NextSeq)
	st.Carried = s.id.carriedList()
	stats := s.queue.Stats()
	st.Queue = wire.QueueState{
		Packs: uint64(stats.Records), Bytes: uint64(stats.Bytes), QueuedReadings: sealed.queued,
	}
	if len(st.Outstanding) > 0 {
		st.Queue.OldestMS = s.sealedAt(st.Outstanding[0].From)
	}
	return st
}

// outstanding lists what waits below next, as many ranges as there are: encoding
// joins those past the bound. A pack that was sealed after next was read belongs
// to the following state.
func (s *sender) outstanding(next uint64) (ranges []wire.SeqRange) {
	for _, r := range s.queue.Waiting() {
		if r.From >= next {
			break
		}
		ranges = append(ranges, wire.SeqRange{From: r.From, To: min(r.To, next-1)})
	}
	return ranges
}

// sealedAt returns when a queued pack was sealed in Unix milliseconds, or 0
// where that is not known.
func (s *sender) sealedAt(seq uint64) int64 {
	b, err := s.queue.Read(seq, nil)
	if err != nil {
		return 0
	}
	rec, err := decodeRecord(b)
	if err != nil {
		return 0
	}
	f, ok := s.time.fix(rec.Boot, seq)
	if !ok {
		return 0
	}
	return rec.SealedMS + f.UnixMS
}

// will is what the broker publishes when this node's connection breaks. It names
// no next pack: nobody knows now what will wait then, and what a state that does
// name it leaves out the center takes for acknowledged.
func (s *sender) will() (*mqtt.Message, error) {
	b, err := wire.NodeState{
		Version: s.about.version, Boot: s.clock.BootID(), Clock: wire.Unknown,
		Sim: s.about.sim, Site: s.about.site, Epoch: s.id.Epoch,
	}.Encode()
	if err != nil {
		return nil, err
	}
	return &mqtt.Message{Topic: wire.Topic(s.node, wire.State), Payload: b, QoS: 1, Retain: true}, nil
}
