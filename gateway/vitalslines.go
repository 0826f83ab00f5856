package gateway

import (
	"math"
	"strconv"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// The healths in the measurement "node": how far what comes can be relied on.
const (
	healthBad      = 0 // it gives no readings, or nothing is heard of its node
	healthStarting = 1 // it has not been asked yet
	healthWarming  = 2 // it has power, its readings are not trusted yet
	healthGood     = 3
)

// appendNode appends how a node does as line protocol, one line for the node and
// one for each of its sensors:
//
//	node,district=35.05.12,node=sutojayan-01,site=35.05.12.1001 online=1,gap=0,… 1772341200000
//	node,district=35.05.12,node=sutojayan-01,sensor=pm-1,site=35.05.12.1001 health=3,heard=1 1772341200000
//
// What a node sends of itself in this measurement (processor temperature, …) has
// a sensor and other fields, so the two never meet in a point. All fields are
// floats. Those of which nothing is known are left out:
//
//	online        1 while it is heard of, else 0
//	gap           s since its newest stored reading beyond its interval, 0 when current
//	quarantined   its payloads that are open in the quarantine
//	simulated     1 for a simulated node
//	repair        1 while it is under repair, which excuses its silence, else 0
//	health        of its worst sensor; a node without sensors that is online is good
//	completeness  % of the last hour
//	interval      s, of the sensor that measures most often, as last told
//	lat, lon      ° of its village
//	delay_p50, delay_p99   s, from sealing a pack to its being in InfluxDB, of the
//	              live packs of the last minute; not where other ingesters take them in
//
// and while it is online, since nobody knows them of a silent node:
//
//	queue         packs that wait at the node
//	queue_age     s, of the oldest reading among them
//	clock         0 none, 1 estimated, 2 synchronised
//
// A sensor's line has its health, and what tells a bad one from one whose node is
// silent:
//
//	heard         1 while its node is heard of, else 0
func appendNode(dst []byte, n vital, minute time.Time) []byte {
	dst = appendVitalTags(dst, &n, "")
	dst = appendVital(dst, ' ', "online", number(n.live.Online))
	dst = appendVital(dst, ',', "gap", n.gap().Seconds())
	dst = appendVital(dst, ',', "quarantined", float64(n.quarantined))
	dst = appendVital(dst, ',', "simulated", number(n.Simulated || n.live.Sim))
	dst = appendVital(dst, ',', "repair", number(n.repair))
	dst = appendVital(dst, ',', "health", float64(n.health()))
	if n.Completeness != nil {
		dst = appendVital(dst, ',', "completeness", *n.Completeness)
	}
	if interval := n.shortest(); interval > 0 {
		dst = appendVital(dst, ',', "interval", interval.Seconds())
	}
	if n.Site.Name != "" && !math.IsInf(n.Site.Lat, 0) && !math.IsInf(n.Site.Lon, 0) {
		dst = appendVital(dst, ',', "lat", n.Site.Lat)
		dst = appendVital(dst, ',', "lon", n.Site.Lon)
	}
	if n.delay.known {
		dst = appendVital(dst, ',', "delay_p50", n.delay.p50.Seconds())
		dst = appendVital(dst, ',', "delay_p99", n.delay.p99.Seconds())
	}
	if n.live.Online && n.State != nil {
		dst = appendQueue(dst, &n)
	}
	dst = appendMinute(dst, minute)
	if n.State == nil {
		return dst
	}
	for i := range n.State.Sensors {
		s := &n.State.Sensors[i]
		dst = appendVitalTags(dst, &n, s.ID)
		dst = appendVital(dst, ' ', "health", float64(n.healthOf(s.Health)))
		dst = appendVital(dst, ',', "heard", number(n.live.Online))
		dst = appendMinute(dst, minute)
	}
	return dst
}

func appendQueue(dst []byte, n *vital) []byte {
	q := &n.State.Queue
	dst = appendVital(dst, ',', "queue", float64(q.Packs))
	switch {
	case q.Packs == 0:
		dst = appendVital(dst, ',', "queue_age", 0)
	case q.OldestMS != 0:
		dst = appendVital(dst, ',', "queue_age", max(n.now.Sub(time.UnixMilli(q.OldestMS)), 0).Seconds())
	}
	clock := map[wire.Clock]float64{wire.Unknown: 0, wire.Estimated: 1, wire.Synced: 2}
	if c, ok := clock[n.State.Clock]; ok {
		dst = appendVital(dst, ',', "clock", c)
	}
	return dst
}

// health is that of the node's worst sensor.
func (n *vital) health() int {
	worst := healthGood
	if !n.live.Online {
		worst = healthBad
	}
	if n.State != nil {
		for i := range n.State.Sensors {
			worst = min(worst, n.healthOf(n.State.Sensors[i].Health))
		}
	}
	return worst
}

func (n *vital) healthOf(h wire.Health) int {
	switch {
	case !n.live.Online:
		return healthBad
	case h == wire.HealthOK:
		return healthGood
	case h == wire.HealthWarming:
		return healthWarming
	case h == wire.HealthStarting:
		return healthStarting
	}
	return healthBad
}

// appendVitalTags appends the measurement and those tags that have a value. Ids
// and site codes have nothing that would need escaping.
func appendVitalTags(dst []byte, n *vital, sensor reading.SensorID) []byte {
	dst = append(dst, "node"...)
	if n.Site.Code != "" {
		dst = append(append(dst, ",district="...), n.Site.Code.District()...)
	}
	dst = append(append(dst, ",node="...), n.ID...)
	if sensor != "" {
		dst = append(append(dst, ",sensor="...), sensor...)
	}
	if n.Site.Code != "" {
		dst = append(append(dst, ",site="...), n.Site.Code...)
	}
	return dst
}

func appendVital(dst []byte, before byte, field string, value float64) []byte {
	dst = append(append(append(dst, before), field...), '=')
	return strconv.AppendFloat(dst, value, 'g', -1, 64)
}

func appendMinute(dst []byte, minute time.Time) []byte {
	return append(strconv.AppendInt(append(dst, ' '), minute.UnixMilli(), 10), '\n')
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
