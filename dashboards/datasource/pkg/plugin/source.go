package plugin

import (
	"context"
	"fmt"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental/concurrent"
)

// ID is the plugin's, as in its plugin.json.
const ID = "siaga-commandcenter-datasource"

// Source is one configured data source. Its methods may be called concurrently; Grafana
// makes a new one when the settings change, and disposes of the old one.
type Source struct {
	backend.CallResourceHandler
	uid    string
	center *center
	feed   *feed
	wrong  error // what is the matter with the settings; then there is no center
}

var (
	_ backend.QueryDataHandler      = (*Source)(nil)
	_ backend.CheckHealthHandler    = (*Source)(nil)
	_ backend.CallResourceHandler   = (*Source)(nil)
	_ backend.StreamHandler         = (*Source)(nil)
	_ instancemgmt.InstanceDisposer = (*Source)(nil)
)

// New makes a Source of what an administrator has entered. Settings that cannot be used
// are told by its health and by each query.
func New(_ context.Context, in backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	return newSource(in, usual), nil
}

func newSource(in backend.DataSourceInstanceSettings, p pace) *Source {
	s := &Source{uid: in.UID}
	kept, err := parseSettings(in)
	if err == nil {
		s.center, err = newCenter(kept)
	}
	s.wrong = err
	s.CallResourceHandler = httpadapter.New(s.resources())
	if err == nil {
		s.feed = newFeed(s.center, p, log.DefaultLogger.With("datasource", in.UID))
	}
	return s
}

// Dispose ends the live channels and what they need.
func (s *Source) Dispose() {
	if s.wrong != nil {
		return
	}
	s.feed.close()
	s.center.http.CloseIdleConnections()
}

// atOnce is how many queries of one request are asked at a time: a panel has few, and a
// center other readers.
const atOnce = 4

// QueryData answers a panel's queries.
func (s *Source) QueryData(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	return concurrent.QueryData(ctx, req, func(ctx context.Context, q concurrent.Query) backend.DataResponse {
		frames, err := s.answer(ctx, q.DataQuery)
		if err != nil {
			return backend.ErrorResponseWithErrorSource(err)
		}
		return backend.DataResponse{Status: backend.StatusOK, Frames: frames}
	}, atOnce)
}

// answer marks what is not this plugin's fault: that of who asked, or of the center.
func (s *Source) answer(ctx context.Context, asked backend.DataQuery) (data.Frames, error) {
	if s.wrong != nil {
		return nil, backend.DownstreamError(s.wrong)
	}
	q, err := parseQuery(asked.JSON, asked.QueryType)
	if err != nil {
		return nil, backend.DownstreamError(err)
	}
	if !asked.TimeRange.From.Before(asked.TimeRange.To) && q.Type != nodesQuery && q.Type != latestQuery {
		return nil, backend.DownstreamError(fmt.Errorf("read query: its time ends before it begins"))
	}
	of := map[string]func(context.Context, query, backend.DataQuery) (data.Frames, error){
		readingsQuery: s.readings, nodesQuery: s.listNodes, latestQuery: s.latest,
		gapsQuery: s.listGaps, quarantineQuery: s.quarantine, annotationsQuery: s.annotations,
	}
	frames, err := of[q.Type](ctx, q, asked)
	if err != nil {
		return nil, backend.DownstreamError(err)
	}
	return frames, nil
}
