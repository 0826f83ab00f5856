package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// SubscribeStream lets those in who may query the data source, which Grafana has seen to,
// to channels that can be. It tells the columns: rows alone come later.
func (s *Source) SubscribeStream(ctx context.Context, req *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	refused := &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusNotFound}
	if s.wrong != nil {
		return refused, nil
	}
	key, err := parsePath(req.Path)
	if err != nil {
		s.feed.log.Debug("refuse live channel", "err", err)
		return refused, nil
	}
	is, _, err := s.line(ctx, key)
	if err != nil {
		s.feed.log.Debug("refuse live channel", "path", req.Path, "err", err)
		return refused, nil
	}
	first, err := backend.NewInitialFrame(is.frame(nil, 0), data.IncludeSchemaOnly)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", req.Path, err)
	}
	return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK, InitialData: first}, nil
}

// PublishStream lets nobody publish: readings come from nodes.
func (s *Source) PublishStream(context.Context, *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
}

// line returns the series of a channel and the time of the last row that panels have
// been given, 0 where none is known.
func (s *Source) line(ctx context.Context, k seriesKey) (series, int64, error) {
	if seed, ok := s.feed.seeded(k); ok {
		return seed.series, seed.last, nil
	}
	nodes, err := s.center.inventory(ctx)
	if err != nil {
		return series{}, 0, err
	}
	n := nodes.byID[k.node]
	if n == nil {
		return series{}, 0, fmt.Errorf("there is no node %s", k.node)
	}
	return series{k, n.Site.Code, n.Site.DistrictCode, n.interval(k.sensor), n.Simulated}, 0, nil
}

// RunStream sends a series' rows as they come, several at once where there are, until ctx
// ends. An error has Grafana begin it anew.
func (s *Source) RunStream(ctx context.Context, req *backend.RunStreamRequest, sender *backend.StreamSender) error {
	if s.wrong != nil {
		return s.wrong
	}
	key, err := parsePath(req.Path)
	if err != nil {
		return err
	}
	is, last, err := s.line(ctx, key)
	if err != nil {
		return err
	}
	c, err := s.feed.follow(is, last)
	if err != nil {
		return err
	}
	defer s.feed.leave(c)
	every := time.NewTicker(s.feed.pace.send)
	defer every.Stop()
	include := data.IncludeAll
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.feed.ended.Done():
			return errClosed
		case <-every.C:
		}
		rows, dropped := c.take()
		if dropped > 0 {
			s.feed.log.Warn("rows of a live channel were dropped: Grafana takes them too slowly; a refresh of the panel brings them", "path", req.Path, "rows", dropped)
		}
		if len(rows) == 0 && include == data.IncludeDataOnly {
			continue
		}
		if err := sender.SendFrame(is.frame(rows, 0), include); err != nil {
			return fmt.Errorf("send rows of %s: %w", req.Path, err)
		}
		include = data.IncludeDataOnly
	}
}
