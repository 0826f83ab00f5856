package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// ReplayOptions are what a person who looked at a quarantine entry decides.
type ReplayOptions struct {
	// AcceptSimulated takes simulated readings at a real center, or real ones at a
	// demo center.
	AcceptSimulated bool
	// AcceptAhead takes readings whose time is ahead of the center's clock.
	AcceptAhead bool
}

// Replay takes what is in the quarantine in once more, under the rules of today.
// On return it is durable and on its way to InfluxDB. A *RefusedError tells why
// it, or a part of it, is still refused; what could be taken of it then has been.
// Nothing is acknowledged, nor put into the quarantine at once; lines that
// InfluxDB refuses again come back there as a new report of the same entry.
// It works while Run does.
func (in *Ingester) Replay(ctx context.Context, r Refused, opt ReplayOptions) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.Kind == RefusedLines {
		return in.replayLines(&r)
	}
	if len(r.Payload) < r.Length {
		return &RefusedError{Reason: r.Reason, Detail: fmt.Sprintf("only the first %d of its %d bytes were kept", len(r.Payload), r.Length)}
	}
	x := &examiner{in: in}
	v := x.examine(Packet{Topic: r.Topic, Payload: r.Payload, Received: time.UnixMilli(r.ReceivedMS)}, &opt)
	defer v.free()
	switch v.result {
	case resultTooManyNodes:
		return errors.New("replay: no room for another node: raise ingest.max_nodes or enrol it")
	case resultPreview, resultPreviewRefused:
		return &RefusedError{Reason: ReasonUntimed, Detail: "it is a preview of a node whose clock was not set: the readings have no times"}
	}
	if len(v.record) > 0 {
		if err := in.data.appendAll([][]byte{v.record}); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		in.metrics.readings.WithLabelValues(string(v.lane)).Add(float64(v.readings))
	}
	if v.refusal != nil {
		return &RefusedError{Reason: v.refusal.Reason, Detail: v.refusal.Detail}
	}
	return nil
}

// replayLines sends lines that InfluxDB refused once more. They are whole lines
// of our own making.
func (in *Ingester) replayLines(r *Refused) error {
	h := header{
		flags:    flagFill,
		readings: bytes.Count(r.Payload, []byte(valueMark)),
		check:    r.Check, length: r.Length, seq: r.Seq, received: r.ReceivedMS,
		node: r.Node, epoch: r.Epoch,
	}
	for line := range bytes.Lines(r.Payload) {
		at, err := lineTime(line)
		if err != nil {
			return &RefusedError{Reason: r.Reason, Detail: err.Error()}
		}
		if h.lines++; h.lines == 1 {
			h.oldest, h.newest = at, at
		}
		h.oldest, h.newest = min(h.oldest, at), max(h.newest, at)
	}
	if h.lines == 0 || !reading.ValidID(h.node) || h.epoch == "" || len(h.epoch) > math.MaxUint8 || len(r.Payload) > maxRecord {
		return &RefusedError{Reason: r.Reason, Detail: "the entry does not hold lines of a pack"}
	}
	if err := in.data.appendAll([][]byte{append(h.append(nil), r.Payload...)}); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}

// lineTime returns the time at the end of a line, in Unix milliseconds.
func lineTime(line []byte) (int64, error) {
	line, whole := bytes.CutSuffix(line, []byte{'\n'})
	at, err := strconv.ParseInt(string(line[bytes.LastIndexByte(line, ' ')+1:]), 10, 64)
	if err != nil || !whole {
		return 0, errors.New("the entry holds something that is not a whole line")
	}
	return at, nil
}
