package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// The bodies of reports let fields pass that they do not know: an ingester may be
// newer than the center.

type rangeBody struct {
	_        struct{} `json:"-" additionalProperties:"true"`
	Node     string   `json:"node"`
	Epoch    string   `json:"epoch"`
	From     uint64   `json:"from"`
	To       uint64   `json:"to" doc:"included"`
	Readings int      `json:"readings" doc:"stored of these packs"`
	OldestMS int64    `json:"oldest_ms" doc:"the first reading's time, Unix ms"`
	NewestMS int64    `json:"newest_ms" doc:"the last reading's time, Unix ms"`
	Conflict bool     `json:"conflict,omitempty" doc:"other packs under these numbers came before"`
}

type storedInput struct {
	Body struct {
		Ranges []rangeBody `json:"ranges" maxItems:"10000"`
	}
}

// reportStored answers 422 where some of the report was of no use; all else was
// kept, and sending it again does not help. 503 asks for it again.
func (s *Server) reportStored(ctx context.Context, in *storedInput) (*struct{}, error) {
	ranges := make([]registry.StoredRange, len(in.Body.Ranges))
	for i, r := range in.Body.Ranges {
		ranges[i] = registry.StoredRange{
			Node: reading.NodeID(r.Node), Epoch: r.Epoch, From: r.From, To: r.To, Readings: r.Readings,
			Oldest: time.UnixMilli(r.OldestMS), Newest: time.UnixMilli(r.NewestMS), Conflict: r.Conflict,
		}
	}
	err := s.opt.Registry.Stored(ctx, ranges)
	if errors.Is(err, registry.ErrInvalid) || errors.Is(err, registry.ErrTooManyNodes) {
		s.opt.Logger.Warn("left out of a report of stored packs, the rest was kept; it is not asked for again", "ranges", len(ranges), "err", clip(err.Error()))
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	if err != nil {
		return nil, s.unavailable("keep report", err)
	}
	return nil, nil
}

type refusedBody struct {
	_          struct{} `json:"-" additionalProperties:"true"`
	Kind       string   `json:"kind" doc:"what the payload is: pack or lines"`
	Ingester   string   `json:"ingester"`
	Node       string   `json:"node,omitempty"`
	Topic      string   `json:"topic"`
	Epoch      string   `json:"epoch,omitempty"`
	Seq        uint64   `json:"seq,omitempty"`
	Check      uint32   `json:"check" doc:"CRC-32C of the pack"`
	Length     int      `json:"length" doc:"bytes of the pack"`
	ReceivedMS int64    `json:"received_ms" doc:"Unix ms"`
	Reason     string   `json:"reason"`
	Detail     string   `json:"detail"`
	Payload    []byte   `json:"payload"`
}

type refusedInput struct {
	Body struct {
		Entries []refusedBody `json:"entries" maxItems:"1000"`
	}
}

// reportRefused answers 507 when the quarantine is full: nothing was kept then.
func (s *Server) reportRefused(ctx context.Context, in *refusedInput) (*struct{}, error) {
	refused := make([]registry.Refused, len(in.Body.Entries))
	for i, e := range in.Body.Entries {
		refused[i] = registry.Refused{
			Time: time.UnixMilli(e.ReceivedMS), Node: reading.NodeID(e.Node), Topic: e.Topic, Source: e.Ingester, Kind: e.Kind,
			Reason: e.Reason, Detail: e.Detail, Check: e.Check, Length: e.Length, Epoch: e.Epoch, Seq: e.Seq, Payload: e.Payload,
		}
	}
	err := s.opt.Registry.Quarantine(ctx, refused)
	if errors.Is(err, registry.ErrQuarantineFull) {
		return nil, huma.NewError(http.StatusInsufficientStorage, "the quarantine is full")
	}
	if err != nil {
		return nil, s.unavailable("keep refused payloads", err)
	}
	return nil, nil
}
