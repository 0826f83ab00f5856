package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest"
)

// reports takes the word of the ingester in this process to the registry.
type reports struct {
	registry *registry.Registry
	metrics  *metrics
	leftOut  *seldom
}

var _ ingest.Registry = reports{}

// Stored implements ingest.Registry. A part of a report that the registry cannot
// use is not worth repeating: it is told of, and the registry has kept the rest.
func (r reports) Stored(ctx context.Context, ranges []ingest.StoredRange) error {
	kept := make([]registry.StoredRange, len(ranges))
	for i, s := range ranges {
		kept[i] = registry.StoredRange{
			Node: s.Node, Epoch: s.Epoch, From: s.From, To: s.To, Readings: s.Readings,
			Oldest: time.UnixMilli(s.OldestMS), Newest: time.UnixMilli(s.NewestMS), Conflict: s.Conflict,
		}
	}
	err := r.registry.Stored(ctx, kept)
	if errors.Is(err, registry.ErrInvalid) || errors.Is(err, registry.ErrTooManyNodes) {
		parts := parts(err)
		r.metrics.leftOut.WithLabelValues("stored").Add(float64(len(parts)))
		r.leftOut.warn("left out of the ledger: its readings are in InfluxDB, the rest of the report was kept", len(parts), parts[0])
		return nil
	}
	return err
}

// parts are the errors that err joins.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// Quarantine implements ingest.Registry.
func (r reports) Quarantine(ctx context.Context, refused []ingest.Refused) error {
	entries := make([]registry.Refused, len(refused))
	for i, e := range refused {
		entries[i] = registry.Refused{
			Time: time.UnixMilli(e.ReceivedMS), Kind: string(e.Kind), Node: e.Node, Topic: e.Topic, Source: e.Ingester,
			Reason: e.Reason, Detail: e.Detail, Check: e.Check, Length: e.Length, Epoch: e.Epoch, Seq: e.Seq, Payload: e.Payload,
		}
	}
	err := r.registry.Quarantine(ctx, entries)
	if errors.Is(err, registry.ErrQuarantineFull) {
		return fmt.Errorf("%w: drop or replay entries: siaga quarantine list", ingest.ErrQuarantineFull)
	}
	return err
}

// replay gives a quarantined entry back to the ingester, under today's rules.
func replay(in *ingest.Ingester) func(context.Context, registry.Entry) error {
	return func(ctx context.Context, e registry.Entry) error {
		return in.Replay(ctx, ingest.Refused{
			Kind: ingest.RefusedKind(e.Kind), Ingester: e.Source, Node: e.Node, Topic: e.Topic, Epoch: e.Epoch, Seq: e.Seq,
			Check: e.Check, Length: e.Length, ReceivedMS: e.Time.UnixMilli(), Reason: e.Reason, Detail: e.Detail,
			Payload: e.Payload,
		}, ingest.ReplayOptions{})
	}
}
