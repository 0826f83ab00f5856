package edge

import (
	"cmp"
	"os"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// Snapshot is what a node knows of itself at one moment, for the people who
// stand beside it. The JSON of it is what tools and the node's page read.
type Snapshot struct {
	Node      string `json:"node"`
	Site      string `json:"site"`
	Version   string `json:"version"`
	Simulated bool   `json:"simulated"`
	PID       int    `json:"pid"`
	// Time is zero while the node does not know it.
	Time    time.Time `json:"time,omitzero"`
	UptimeS float64   `json:"uptime_s"`
	// Clock says how the time is known, ClockErrorS how wrong it may be.
	Clock       wire.Clock     `json:"clock"`
	ClockErrorS float64        `json:"clock_error_s"`
	Broker      BrokerSnapshot `json:"broker"`
	// Enrolment is nil where this node is not enrolled; EnrolmentError is why its
	// identity cannot be used, "" where all is well.
	Enrolment      *EnrolmentSnapshot `json:"enrolment,omitempty"`
	EnrolmentError string             `json:"enrolment_error,omitempty"`
	Centers        []CenterSnapshot   `json:"centers"`
	// Refused is nil where the center stores what this node sends.
	Refused *RefusedSnapshot `json:"refused,omitempty"`
	Queue   QueueSnapshot    `json:"queue"`
	// CalibrationError is why no value is corrected; "" where all is well.
	CalibrationError string           `json:"calibration_error,omitempty"`
	Sensors          []SensorSnapshot `json:"sensors"`
}

// BrokerSnapshot is the connection to the broker.
type BrokerSnapshot struct {
	URL       string `json:"url"`
	Connected bool   `json:"connected"`
	// LastError is why there is no connection; "" while there is one.
	LastError string `json:"last_error,omitempty"`
	// AckAgoS is how long ago the center last acknowledged a pack; nil is never,
	// since this program started.
	AckAgoS *float64 `json:"ack_ago_s"`
}

// CenterSnapshot is what one ingester last said of itself.
type CenterSnapshot struct {
	Ingester  string  `json:"ingester"`
	Accepting bool    `json:"accepting"`
	Reason    string  `json:"reason,omitempty"`
	HeardAgoS float64 `json:"heard_ago_s"`
}

// RefusedSnapshot is what the center put into quarantine since it last stored a
// newer pack. It counts as acknowledged: the node does not send it again.
type RefusedSnapshot struct {
	// Packs counts those refused wholly or in part, since this program started.
	Packs uint64 `json:"packs"`
	// Reason is why the last one was, as the center said it.
	Reason string  `json:"reason"`
	AgoS   float64 `json:"ago_s"`
}

// QueueSnapshot is what waits for the center's acknowledgement.
type QueueSnapshot struct {
	Packs     uint64 `json:"packs"`
	Bytes     uint64 `json:"bytes"`
	DiskBytes uint64 `json:"disk_bytes"`
	// RoomBytes is what the queue may still grow by, within MaxBytes and the
	// disk's reserve.
	MaxBytes  uint64 `json:"max_bytes"`
	RoomBytes uint64 `json:"room_bytes"`
	// OldestAgeS is how long ago the oldest waiting pack was sealed; nil where
	// nothing waits or the time is not known.
	OldestAgeS *float64 `json:"oldest_age_s"`
	// DaysLeft is how long the room lasts without a center, at the rate at which
	// packs were made since this program started; nil until that is known.
	DaysLeft   *float64   `json:"days_left"`
	Durability string     `json:"durability"`
	Ranges     []SeqRange `json:"ranges"`
	// GivenUp counts packs that were given up and that node states name: until the
	// center has been told for a day.
	GivenUp uint64 `json:"given_up"`
	// QueuedReadings and LostReadings are of this process: durable, and never.
	QueuedReadings uint64 `json:"queued_readings"`
	LostReadings   uint64 `json:"lost_readings"`
}

// SeqRange is packs by sequence number, both ends included.
type SeqRange struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// SensorSnapshot is one sensor.
type SensorSnapshot struct {
	ID        string  `json:"id"`
	Driver    string  `json:"driver"`
	Model     string  `json:"model"`
	IntervalS float64 `json:"interval_s"`
	// Health is "starting", "ok", "warming" or "failing"; Code is the driver's
	// short name of what is wrong, Error its words.
	Health string          `json:"health"`
	Code   string          `json:"code,omitempty"`
	Error  string          `json:"error,omitempty"`
	SinceS float64         `json:"since_s"`
	Values []ValueSnapshot `json:"values"`
}

// ValueSnapshot is the newest value of one quantity.
type ValueSnapshot struct {
	Quantity string  `json:"quantity"`
	TitleID  string  `json:"title_id"`
	TitleEN  string  `json:"title_en"`
	Unit     string  `json:"unit"` // as people read it
	Raw      float64 `json:"raw"`
	// Corrected is nil where no correction is in force; Calibration is its
	// version.
	Corrected   *float64 `json:"corrected"`
	Calibration int      `json:"calibration,omitempty"`
	Quality     string   `json:"quality"`
	AgeS        float64  `json:"age_s"`
}

// Snapshot may be called while Run runs, from any goroutine. The caller owns it.
func (a *Agent) Snapshot() Snapshot {
	boot, offset := a.time.now()
	s := Snapshot{
		Node: a.cfg.Node, Site: a.cfg.Site, Version: a.dep.Version, Simulated: a.dep.Simulated, PID: os.Getpid(),
		UptimeS: boot.Seconds(), Clock: offset.State, ClockErrorS: offset.ErrS,
		Time: a.time.utc(),
	}
	s.Enrolment, s.EnrolmentError = a.enrolment()
	if why := a.problem.Load(); why != nil {
		s.CalibrationError = *why
	}
	view := a.sender.view.Load()
	s.Broker.URL, s.Broker.Connected, s.Broker.LastError = cmp.Or(view.address, a.cfg.MQTT.URL), view.connected, view.lastError
	s.Broker.AckAgoS = agoS(view.ackAt)
	for name, c := range view.centers {
		s.Centers = append(s.Centers, CenterSnapshot{
			Ingester: name, Accepting: c.accepting, Reason: c.reason, HeardAgoS: time.Since(c.at).Seconds(),
		})
	}
	slices.SortFunc(s.Centers, func(a, b CenterSnapshot) int { return cmp.Compare(a.Ingester, b.Ingester) })
	if r := view.refused; r.packs > 0 {
		s.Refused = &RefusedSnapshot{Packs: r.packs, Reason: r.reason, AgoS: time.Since(r.at).Seconds()}
	}
	s.Queue = a.queueSnapshot(boot, offset)
	for _, sm := range a.samplers {
		s.Sensors = append(s.Sensors, sm.snapshot(boot))
	}
	return s
}

func (a *Agent) queueSnapshot(boot time.Duration, offset Offset) QueueSnapshot {
	stats, sealed := a.queue.Stats(), a.sealer.state()
	q := QueueSnapshot{
		Packs: stats.Records, Bytes: uint64(stats.Bytes), DiskBytes: uint64(stats.DiskBytes),
		MaxBytes:   uint64(a.cfg.Queue.MaxBytes),
		Durability: a.cfg.Queue.Durability, QueuedReadings: sealed.queued, LostReadings: sealed.lost,
	}
	if room, err := a.queue.Room(); err == nil { // else there is none to speak of
		q.RoomBytes = uint64(max(room, 0))
	}
	for _, r := range a.queue.Waiting() {
		q.Ranges = append(q.Ranges, SeqRange{From: r.From, To: r.To})
	}
	for _, g := range a.sender.view.Load().givenUp {
		q.GivenUp += g.To - g.From + 1
	}
	if at := a.sender.view.Load().oldestMS; len(q.Ranges) > 0 && at != 0 && offset.State != wire.Unknown {
		age := float64(boot.Milliseconds()+offset.UnixMS-at) / 1000
		q.OldestAgeS = &age
	}
	if run := boot - a.began; sealed.bytes > 0 && run > time.Minute {
		days := float64(q.RoomBytes) / (float64(sealed.bytes) / run.Seconds()) / 86400
		q.DaysLeft = &days
	}
	return q
}

// agoS is how long ago t was, or nil for no time.
func agoS(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	s := time.Since(t).Seconds()
	return &s
}

// senderView is a copy of what others may know of the sender. It is never
// changed once it is published.
type senderView struct {
	address   string
	connected bool
	lastError string
	ackAt     time.Time
	refused   refusalNote
	centers   centers
	oldestMS  int64 // when the oldest waiting pack was sealed, Unix; 0 unknown
	givenUp   []wire.GivenUp
}

// latestValue is one quantity's newest reading as measured, by boot time.
type latestValue struct {
	quantity  reading.Quantity
	atMS      int64
	value     float64
	quality   reading.Quality
	corrected *float64
}

// snapshot returns the sensor's newest values, in the order of quantities.
func (s *sampler) snapshot(boot time.Duration) SensorSnapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap := SensorSnapshot{
		ID: s.cfg.ID, Driver: s.cfg.Driver, Model: s.model, IntervalS: s.cfg.Interval.Seconds(),
		Health: string(s.shown.Health), Code: s.code, Error: s.shown.Error,
		SinceS: (boot - time.Duration(s.shown.SinceMS)*time.Millisecond).Seconds(),
	}
	for _, v := range s.latest {
		in := v.quantity.Info()
		snap.Values = append(snap.Values, ValueSnapshot{
			Quantity: in.Name, TitleID: in.TitleID, TitleEN: in.TitleEN, Unit: in.Display,
			Raw: v.value, Corrected: v.corrected, Calibration: s.version(v.quantity),
			Quality: v.quality.String(), AgeS: float64(boot.Milliseconds()-v.atMS) / 1000,
		})
	}
	return snap
}
