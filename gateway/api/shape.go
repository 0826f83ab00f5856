package api

import (
	"encoding/json"
	"math"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// stamp is a time as every body writes it: RFC 3339, UTC, milliseconds.
type stamp struct{ time.Time }

const stampLayout = "2006-01-02T15:04:05.000Z07:00"

// MarshalJSON writes the time; the zero time is null.
func (s stamp) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(s.UTC().Format(stampLayout))
}

// Schema describes it to OpenAPI.
func (stamp) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
}

type siteBody struct {
	Code         string   `json:"code"`
	Name         string   `json:"name"`
	District     string   `json:"district"`
	DistrictCode string   `json:"district_code"`
	Lat          *float64 `json:"lat" doc:"degrees; null where the place is not known"`
	Lon          *float64 `json:"lon" doc:"degrees; null where the place is not known"`
}

type queueBody struct {
	Packs  uint64 `json:"packs"`
	Bytes  uint64 `json:"bytes"`
	Oldest stamp  `json:"oldest"`
}

type sensorBody struct {
	ID         string   `json:"id"`
	Driver     string   `json:"driver"`
	IntervalS  float64  `json:"interval_s"`
	Health     string   `json:"health" enum:"starting,warming,ok,failing"`
	Error      string   `json:"error"`
	Quantities []string `json:"quantities"`
}

// NodeBody is a node, as every body tells it. It is exported only because OpenAPI
// is to describe bodies that it is part of.
type NodeBody struct {
	ID              string       `json:"id"`
	Site            siteBody     `json:"site"`
	Claimed         bool         `json:"claimed"`
	Simulated       bool         `json:"simulated"`
	Online          bool         `json:"online"`
	LastSeen        stamp        `json:"last_seen"`
	Clock           string       `json:"clock" doc:"sync, est or none; empty before its first state"`
	ClockErrorS     float64      `json:"clock_error_s"`
	Version         string       `json:"version"`
	Queue           queueBody    `json:"queue"`
	CompletenessPct *float64     `json:"completeness_pct" doc:"readings stored in percent of those expected in the last hour; null while nothing could be expected"`
	OpenGaps        int          `json:"open_gaps"`
	Repair          *repairBody  `json:"repair" doc:"why it is no surprise when nothing is heard of it; null while it is not under repair"`
	Retired         stamp        `json:"retired" doc:"since when it is out of service; null while it is in it"`
	Sensors         []sensorBody `json:"sensors"`
}

// node makes a body of what is remembered of a node and what is so now, under
// being all nodes under repair.
func node(n *registry.Node, now live.Node, under map[reading.NodeID]registry.Event) NodeBody {
	b := NodeBody{
		ID: string(n.ID), Claimed: n.Claimed, Simulated: n.Simulated || now.Sim, Online: now.Online,
		LastSeen: stamp{n.LastSeen}, OpenGaps: n.OpenGaps, Repair: repair(under, n.ID), Retired: stamp{n.Retired}, Sensors: []sensorBody{},
		Site: siteBody{Code: string(n.Site.Code), Name: n.Site.Name, District: n.Site.District, DistrictCode: n.Site.Code.District()},
	}
	if now.LastSeen.After(n.LastSeen) {
		b.LastSeen = stamp{now.LastSeen}
	}
	if n.Site.Name != "" {
		b.Site.Lat, b.Site.Lon = &n.Site.Lat, &n.Site.Lon
	}
	b.CompletenessPct = percent(n.Completeness)
	st := n.State
	if st == nil {
		return b
	}
	b.Clock, b.ClockErrorS, b.Version = string(st.Clock), st.ClockErrS, st.Version
	b.Queue = queueBody{Packs: st.Queue.Packs, Bytes: st.Queue.Bytes}
	if st.Queue.OldestMS != 0 {
		b.Queue.Oldest = stamp{time.UnixMilli(st.Queue.OldestMS)}
	}
	for i := range st.Sensors {
		s := &st.Sensors[i]
		sb := sensorBody{
			ID: string(s.ID), Driver: s.Driver, IntervalS: float64(s.IntervalMS) / 1000,
			Health: string(s.Health), Error: s.Error, Quantities: s.Quantities,
		}
		if sb.Quantities == nil {
			sb.Quantities = []string{}
		}
		b.Sensors = append(b.Sensors, sb)
	}
	return b
}

// percent rounds a completeness down: 100 is said of nothing less.
func percent(pct *float64) *float64 {
	if pct == nil {
		return nil
	}
	p := math.Floor(*pct*10) / 10
	return &p
}

type readingBody struct {
	Node      string  `json:"node"`
	Sensor    string  `json:"sensor"`
	Quantity  string  `json:"quantity"`
	Value     float64 `json:"value"`
	Unit      string  `json:"unit"`
	TitleID   string  `json:"title_id"`
	TitleEN   string  `json:"title_en"`
	Time      stamp   `json:"time" doc:"when it was measured; with clock none, when it arrived"`
	AgeS      float64 `json:"age_s"`
	IntervalS float64 `json:"interval_s" doc:"0 where not known"`
	Stale     bool    `json:"stale" doc:"older than three intervals, or than three minutes where the interval is not known"`
	Quality   string  `json:"quality" enum:"good,not evaluated,suspect,bad,missing"`
	Simulated bool    `json:"simulated"`
	Clock     string  `json:"clock" doc:"sync, est or none; empty for a reading from before the last restart"`
}

// staleUnknown is when a reading is stale whose sensor's interval is not known.
const staleUnknown = 3 * time.Minute

func readings(all []live.Reading, now time.Time) []readingBody {
	bodies := make([]readingBody, len(all))
	for i := range all {
		r := &all[i]
		in := r.Quantity.Info()
		t := time.UnixMilli(r.TimeMS)
		age := max(now.Sub(t), 0) // a clock a little ahead makes nothing younger than new
		limit := staleUnknown
		if r.Interval > 0 {
			limit = 3 * r.Interval
		}
		bodies[i] = readingBody{
			Node: string(r.Node), Sensor: string(r.Sensor), Quantity: in.Name, Value: r.Value,
			Unit: in.Display, TitleID: in.TitleID, TitleEN: in.TitleEN,
			Time: stamp{t}, AgeS: age.Truncate(time.Millisecond).Seconds(), IntervalS: r.Interval.Seconds(), Stale: age > limit,
			Quality: r.Quality.String(), Simulated: r.Sim, Clock: string(r.Clock),
		}
	}
	return bodies
}
