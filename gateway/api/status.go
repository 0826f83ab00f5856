package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest/device"
)

// StatusBody is the center in figures, as the stream tells it each second. It is
// exported only because OpenAPI is to describe bodies that it is part of.
type StatusBody struct {
	Time              stamp    `json:"time"`
	Demo              bool     `json:"demo"`
	NodesOnline       int      `json:"nodes_online"`
	NodesTotal        int      `json:"nodes_total" doc:"that were heard of and are not retired"`
	NodesRepair       int      `json:"nodes_repair" doc:"of those that are not online: how many are under repair"`
	ReadingsPerSecond float64  `json:"readings_per_second"`
	DelayP50S         *float64 `json:"delivery_delay_p50_s" doc:"null while nothing was delivered"`
	DelayP99S         *float64 `json:"delivery_delay_p99_s" doc:"null while nothing was delivered"`
	OpenGaps          int      `json:"open_gaps"`
	Quarantined       int      `json:"quarantined"`
	Anomalies         int      `json:"anomalies" doc:"cloned, restored and replaced cards and the like that were seen in the last 24 hours"`
	Accepting         bool     `json:"accepting"`
	NotAccepting      string   `json:"not_accepting" doc:"why it does not accept, for people"`
	Newest            stamp    `json:"newest"`
}

// statusCache keeps the status for a moment: every event stream asks each second.
type statusCache struct {
	mu   sync.Mutex
	body StatusBody
	made time.Time
}

const (
	statusAge = 500 * time.Millisecond
	// anomalyAge is for how long after it was last seen an anomaly counts.
	anomalyAge = 24 * time.Hour
)

func (s *Server) statusNow(ctx context.Context) (StatusBody, error) {
	c := &s.status
	c.mu.Lock()
	defer c.mu.Unlock()
	now := s.opt.Now()
	if age := now.Sub(c.made); age >= 0 && age < statusAge {
		return c.body, nil
	}
	gaps, err := s.opt.Registry.OpenGaps(ctx)
	if err != nil {
		return StatusBody{}, err
	}
	total, err := s.opt.Registry.QuarantineTotal(ctx)
	if err != nil {
		return StatusBody{}, err
	}
	anomalies, err := s.opt.Registry.AnomaliesSince(ctx, now.Add(-anomalyAge))
	if err != nil {
		return StatusBody{}, err
	}
	repairs, err := s.silentUnderRepair(ctx, now)
	if err != nil {
		return StatusBody{}, err
	}
	hub := s.opt.Hub.Stats()
	c.body = StatusBody{
		Time: stamp{now}, Demo: s.opt.Registry.Kind() == registry.Demo,
		NodesOnline: hub.Online, NodesTotal: hub.Nodes, NodesRepair: repairs, ReadingsPerSecond: hub.ReadingsPerSecond,
		OpenGaps: gaps, Quarantined: total.Entries, Anomalies: anomalies, Newest: stamp{hub.Newest},
	}
	c.body.Accepting, c.body.NotAccepting = s.opt.Ingest.Accepting()
	if p50, p99 := s.opt.Ingest.Delay(); p99 > 0 {
		a, b := p50.Seconds(), p99.Seconds()
		c.body.DelayP50S, c.body.DelayP99S = &a, &b
	}
	c.made = now
	return c.body, nil
}

type wallBody struct {
	ID     string `json:"id"`
	Newest stamp  `json:"newest"`
	Seen   stamp  `json:"seen"`
}

// devicesBody is what was kept of other makers' devices.
type devicesBody struct {
	Accepting  bool   `json:"accepting"`
	Reason     string `json:"reason" doc:"why their messages are not taken, for people"`
	Messages   uint64 `json:"messages" doc:"what waits for a decoder of its topic"`
	Bytes      int64  `json:"bytes"`
	LimitBytes int64  `json:"limit_bytes" doc:"how much may wait; at that, messages are not taken"`
	Since      stamp  `json:"since" doc:"when the first of them came; null where none waits"`
}

// Exposure is a setting by which something goes over the network unencrypted.
type Exposure struct {
	Setting string `json:"setting" doc:"its key in the configuration"`
	Addr    string `json:"addr"`
	Risk    string `json:"risk" doc:"what that means, for people"`
}

type wholeStatusOutput struct {
	Body struct {
		StatusBody
		Version  string       `json:"version"`
		Walls    []wallBody   `json:"walls"`
		Expiries []expiryBody `json:"expiries" doc:"what the center lives by and ends: certificates, nodes' that are overdue, and to admins access tokens that end soon or did so lately"`
		Exposed  []Exposure   `json:"exposed" doc:"settings that send something over the network unencrypted"`
		Devices  *devicesBody `json:"devices" doc:"other makers' devices; null where no topic of theirs is configured and nothing waits"`
	}
}

func (s *Server) getStatus(ctx context.Context, _ *struct{}) (*wholeStatusOutput, error) {
	st, err := s.statusNow(ctx)
	if err != nil {
		return nil, s.unavailable("read status", err)
	}
	out := new(wholeStatusOutput)
	if out.Body.Expiries, err = s.expiries(ctx); err != nil {
		return nil, s.unavailable("look up what ends", err)
	}
	out.Body.StatusBody, out.Body.Version, out.Body.Walls = st, s.opt.Version, s.walls.list(s.opt.Now())
	out.Body.Exposed = append([]Exposure{}, s.opt.Exposed...)
	if s.opt.Devices != nil {
		out.Body.Devices = devices(s.opt.Devices())
	}
	return out, nil
}

func devices(st device.Status) *devicesBody {
	if st.Topics == 0 && st.Records == 0 {
		return nil
	}
	return &devicesBody{st.Accepting, st.Reason, st.Records, st.Bytes, st.LimitBytes, stamp{st.Oldest}}
}

const (
	// maxWalls bounds the walls that are remembered; wallAge is for how long after
	// its last word one is.
	maxWalls = 64
	wallAge  = time.Hour
)

// walls remembers who shows what.
type walls struct {
	mu  sync.Mutex
	all map[string]wallBody
}

// saw keeps a wall's word; it returns false when there are too many walls.
func (w *walls) saw(b wallBody) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = make(map[string]wallBody)
	}
	w.expire(b.Seen.Time)
	if _, known := w.all[b.ID]; !known && len(w.all) >= maxWalls {
		return false
	}
	w.all[b.ID] = b
	return true
}

func (w *walls) list(now time.Time) []wallBody {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire(now)
	all := make([]wallBody, 0, len(w.all))
	for _, b := range w.all {
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b wallBody) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func (w *walls) expire(now time.Time) {
	for id, b := range w.all {
		if now.Sub(b.Seen.Time) > wallAge {
			delete(w.all, id)
		}
	}
}

type heartbeatInput struct {
	Body struct {
		Wall   string     `json:"wall" pattern:"^[A-Za-z0-9._-]{1,64}$" doc:"the wall's own id"`
		Newest *time.Time `json:"newest" required:"false" doc:"the newest reading that it shows"`
	}
}

func (s *Server) heartbeat(_ context.Context, in *heartbeatInput) (*struct{}, error) {
	b := wallBody{ID: strings.Clone(in.Body.Wall), Seen: stamp{s.opt.Now()}}
	if in.Body.Newest != nil {
		b.Newest = stamp{*in.Body.Newest}
	}
	if !s.walls.saw(b) {
		return nil, huma.Error503ServiceUnavailable("too many walls")
	}
	return nil, nil
}
