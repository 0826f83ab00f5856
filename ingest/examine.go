package ingest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// verdict is what came of examining a packet.
type verdict struct {
	// result is one of the result constants; refused reports and records go with
	// resultStored, resultPartlyRefused and resultRefused only.
	result string
	node   reading.NodeID // "" where the topic names none: nobody to acknowledge to
	lane   wire.Channel
	id     packID
	check  uint32
	length int
	// record is for the data spool; empty when there is nothing to store.
	record   []byte
	readings int
	conflict bool
	held     int64 // of Ingester.pending
	// refusal is set with resultRefused and resultPartlyRefused.
	refusal *Refused
}

var verdicts = sync.Pool{New: func() any { return new(verdict) }}

// fresh returns a verdict that keeps nothing of its last use but room.
func fresh() *verdict {
	v := verdicts.Get().(*verdict)
	*v = verdict{record: v.record[:0]}
	return v
}

// examiner decodes and checks packets, one at a time.
type examiner struct {
	in   *Ingester
	dec  wire.Decoder
	pack wire.Pack
	// unusable readings are counted, the first of them told to people, and reason
	// is the Reason constant that fits them all.
	unusable int
	told     []string
	reason   string
}

// examine decides about one packet; again is nil unless it comes from the
// quarantine. The verdict is the caller's, who should free it.
func (x *examiner) examine(p Packet, again *ReplayOptions) *verdict {
	var opt ReplayOptions
	if again != nil {
		opt = *again
	}
	in, v := x.in, fresh()
	v.check, v.length = wire.Check(p.Payload), len(p.Payload)
	v.id = packID{seq: uint64(v.length)}
	node, lane, err := wire.ParseTopic(p.Topic)
	if err != nil {
		return x.refuse(v, p, ReasonTopic, err.Error())
	}
	v.node, v.id.node, v.lane = node, node, packLane(lane)
	if v.lane == "" {
		return x.refuse(v, p, ReasonTopic, "packs travel on live and fill, this came on "+string(lane))
	}
	if !in.census.admitNode(node) {
		v.result = resultTooManyNodes
		return v
	}
	if err := x.dec.Decode(p.Payload, &x.pack); err != nil {
		var bad *wire.DecodeError
		if !errors.As(err, &bad) {
			bad = &wire.DecodeError{Reason: wire.BadSyntax, Detail: err.Error()}
		}
		if known := &x.pack; bad.Reason != wire.BadHeader && known.Epoch != "" && known.Clock != wire.Unknown {
			v.id = packID{node, known.Epoch, known.Seq}
		}
		return x.refuse(v, p, bad.Reason, "not a pack: "+bad.Detail)
	}
	if x.pack.Node != node {
		return x.refuse(v, p, ReasonWrongNode, fmt.Sprintf("holds readings of %s, but came on the topic of %s", x.pack.Node, node))
	}
	preview := x.pack.Clock == wire.Unknown
	if !preview {
		v.id = packID{node, x.pack.Epoch, x.pack.Seq}
	}
	if x.pack.Sim != in.conf.Demo && !opt.AcceptSimulated {
		if preview {
			v.result = resultPreviewRefused
			return v
		}
		if x.pack.Sim {
			return x.refuse(v, p, ReasonSimulated, "holds simulated readings; this is a real center")
		}
		return x.refuse(v, p, ReasonNotSimulated, "holds real readings; this is a demo center, which takes simulated ones only")
	}
	if x.pack.Clock == wire.Untimed {
		return x.refuse(v, p, ReasonUntimed, x.bounds())
	}
	x.sift(opt)
	if preview {
		in.observe(&x.pack, v.lane, p.Received)
		v.result = resultPreview
		return v
	}
	if known, ok := in.recent.check(v.id); ok && again == nil {
		if v.conflict = known != v.check; !v.conflict {
			v.result = resultAgain
			if x.unusable > 0 {
				v.refusal = &Refused{Detail: x.detail()}
			}
			return v
		}
	}
	if len(x.pack.Readings) > 0 {
		in.observe(&x.pack, v.lane, p.Received)
		x.record(v, p)
		if len(v.record) > maxRecord {
			return x.refuse(v, p, ReasonLines, fmt.Sprintf("makes %d bytes of line protocol, more than the %d that are taken at once: send smaller packs", len(v.record), maxRecord))
		}
	}
	if x.unusable > 0 {
		return x.refusePart(v, p)
	}
	v.result = resultStored
	return v
}

// sift takes the readings out that cannot be used, and worsens the quality of
// those outside their limits. The order stays.
func (x *examiner) sift(opt ReplayOptions) {
	p := &x.pack
	x.unusable, x.told, x.reason = 0, x.told[:0], ""
	for i := range p.Rejects {
		r := &p.Rejects[i]
		x.problem(ReasonRecords, func() string { return fmt.Sprintf("record %d (%s): %s", r.Record, r.Name, r.Reason) })
	}
	limit := int64(math.MaxInt64)
	if x.in.dep.ClockSynced() && !opt.AcceptAhead {
		limit = x.in.dep.Now().Add(x.in.conf.MaxAhead).UnixMilli()
	}
	kept := p.Readings[:0]
	var sensor reading.SensorID
	admitted := false
	for i := range p.Readings {
		r := p.Readings[i]
		if r.Sensor != sensor {
			sensor, admitted = r.Sensor, x.in.census.admitSensor(p.Node, r.Sensor)
		}
		if !admitted {
			x.problem(ReasonSensors, func() string {
				return fmt.Sprintf("%s/%s: more than %d sensors at one node", r.Sensor, r.Quantity, x.in.conf.MaxSensors)
			})
			continue
		}
		if r.TimeMS > limit {
			x.problem(ReasonAhead, func() string {
				return fmt.Sprintf("%s/%s at %s: more than %v ahead of the center's clock", r.Sensor, r.Quantity, utc(r.TimeMS), x.in.conf.MaxAhead)
			})
			continue
		}
		r.Quality = r.Quality.Worse(r.Quantity.Check(r.Value))
		kept = append(kept, r)
	}
	p.Readings = kept
}

// maxTold is how many problems of one pack are told in words.
const maxTold = 8

func (x *examiner) problem(reason string, text func() string) {
	if x.unusable++; x.unusable <= maxTold {
		x.told = append(x.told, text())
	}
	if x.reason == "" {
		x.reason = reason
	} else if x.reason != reason {
		x.reason = ReasonRecords
	}
}

// detail tells what was wrong with some readings.
func (x *examiner) detail() string {
	text := fmt.Sprintf("%d of %d readings cannot be used: %s", x.unusable, x.unusable+len(x.pack.Readings), strings.Join(x.told, "; "))
	if more := x.unusable - len(x.told); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// bounds tells when the readings of an untimed pack can have been measured.
func (x *examiner) bounds() string {
	p := &x.pack
	if len(p.Readings) == 0 {
		return "the node's clock was never set in that boot; no reading is usable either"
	}
	first, last := p.Readings[0].TimeMS, p.Readings[0].TimeMS
	for _, r := range p.Readings {
		first, last = min(first, r.TimeMS), max(last, r.TimeMS)
	}
	earliest := float64(first) - p.ClockErrS*1000
	if earliest < 0 {
		earliest = 0
	}
	return fmt.Sprintf("the node's clock was never set in that boot; measured between %s and %s", utc(int64(earliest)), utc(last))
}

// record makes the spool's record of the pack.
func (x *examiner) record(v *verdict, p Packet) {
	rs := x.pack.Readings
	h := header{
		readings: len(rs),
		check:    v.check,
		length:   v.length,
		seq:      x.pack.Seq,
		received: p.Received.UnixMilli(),
		sealed:   x.pack.SealedMS,
		oldest:   rs[0].TimeMS,
		newest:   rs[0].TimeMS,
		node:     v.node,
		epoch:    x.pack.Epoch,
	}
	for i := range rs {
		h.oldest, h.newest = min(h.oldest, rs[i].TimeMS), max(h.newest, rs[i].TimeMS)
	}
	if v.lane == wire.Fill {
		h.flags |= flagFill
	}
	if v.conflict {
		h.flags |= flagConflict
	}
	v.readings = len(rs)
	v.record = h.append(v.record)
	var lines int
	v.record, lines = appendLines(v.record, &x.pack)
	setLines(v.record, lines)
}

// refuse makes v send the whole packet to the quarantine.
func (x *examiner) refuse(v *verdict, p Packet, reason, detail string) *verdict {
	v.record, v.readings = v.record[:0], 0
	v.refusal = x.in.refusal(v, p, reason, detail)
	v.result = resultRefused
	if known, ok := x.in.recent.check(v.id); ok && known == v.check {
		v.result = resultAgain
	}
	return v
}

// refusePart makes v send the packet to the quarantine beside what is stored of it.
func (x *examiner) refusePart(v *verdict, p Packet) *verdict {
	v.refusal = x.in.refusal(v, p, x.reason, x.detail())
	v.result = resultRefused
	if v.readings > 0 {
		v.result = resultPartlyRefused
	}
	return v
}

func (in *Ingester) refusal(v *verdict, p Packet, reason, detail string) *Refused {
	r := &Refused{
		Kind:       RefusedPack,
		Ingester:   in.conf.Name,
		Node:       v.node,
		Topic:      clip(p.Topic, 256),
		Epoch:      v.id.epoch,
		Check:      v.check,
		Length:     v.length,
		ReceivedMS: p.Received.UnixMilli(),
		Reason:     reason,
		Detail:     detail,
		Payload:    p.Payload[:min(len(p.Payload), MaxQuarantined)],
	}
	if r.Epoch != "" {
		r.Seq = v.id.seq
	}
	if len(r.Payload) < r.Length {
		r.Detail += fmt.Sprintf(" (the first %d of its bytes are kept)", len(r.Payload))
	}
	return r
}

func (in *Ingester) observe(p *wire.Pack, lane wire.Channel, received time.Time) {
	if in.dep.Observer != nil && len(p.Readings) > 0 {
		in.dep.Observer(p, lane, received)
	}
}

func utc(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
