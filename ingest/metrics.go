package ingest

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/internal/wire"
)

// metrics are what Prometheus may ask about. Lanes are "live" and "fill", ""
// where the topic was not one of them.
//
//	siaga_ingest_packs_total{lane,result}         packs by what became of them: the result constants below
//	siaga_ingest_readings_total{lane}             readings made durable
//	siaga_ingest_refused_total{reason}            packs that went to the quarantine, wholly or in part
//	siaga_ingest_conflicts_total                  packs under numbers that another pack had: cloned or restored cards
//	siaga_ingest_acks_total{result}               acknowledgements handed over: ok, failed
//	siaga_ingest_accepting                        1 while packs are made durable and acknowledged
//	siaga_ingest_queue_packs, _queue_bytes        what waits to be decoded
//	siaga_ingest_nodes                            nodes heard of since the start
//	siaga_ingest_spool_records{spool}             records on disk: data, stored, refused
//	siaga_ingest_spool_bytes{spool}               what they hold
//	siaga_ingest_spool_limit_bytes{spool}         what they may hold
//	siaga_ingest_spool_oldest_timestamp_seconds   when the first pack that waits for InfluxDB came, in Unix time; 0 where none waits
//	siaga_ingest_spool_damage{spool}              pieces of damage found at the start
//	siaga_ingest_reports_dropped_total            reports of stored packs given up for want of room
//	siaga_ingest_commit_seconds                   time to make a group of packs durable
//	siaga_ingest_store_up                         1 while InfluxDB takes writes
//	siaga_ingest_store_write_seconds              time of one write to InfluxDB
//	siaga_ingest_store_writes_total{result}       writes: ok, retry, rejected, expired, too_large
//	siaga_ingest_points_expired_total             points older than InfluxDB keeps, which count as stored
//	siaga_ingest_registry_errors_total{spool}     reports that the registry did not take at once
//	siaga_ingest_delivery_delay_seconds{lane}     from sealing a pack at the node to its commit in InfluxDB
//	siaga_ingest_reading_age_seconds{lane}        from a pack's newest reading to its commit in InfluxDB
//	siaga_ingest_live_delay_seconds{quantile}     delivery delay of the live packs of the last minute: 0.5, 0.99; 0 where there were none
//	siaga_ingest_live_age_seconds{quantile}       reading age of the same
type metrics struct {
	all []prometheus.Collector

	packs      *prometheus.CounterVec
	readings   *prometheus.CounterVec
	refused    *prometheus.CounterVec
	conflicts  prometheus.Counter
	acks       *prometheus.CounterVec
	dropped    prometheus.Counter
	commit     prometheus.Histogram
	storeWrite prometheus.Histogram
	storeDone  *prometheus.CounterVec
	expired    prometheus.Counter
	registry   *prometheus.CounterVec
	delay      *prometheus.HistogramVec
	age        *prometheus.HistogramVec
}

// What becomes of a pack: the values of the label "result".
const (
	resultStored         = "stored"          // made durable
	resultPartlyRefused  = "partly_refused"  // made durable without some readings
	resultRefused        = "refused"         // in the quarantine
	resultAgain          = "again"           // was durable already, acknowledged once more
	resultPreview        = "preview"         // shown, not stored: the node has no clock yet
	resultPreviewRefused = "preview_refused" // a preview that may not be shown
	resultQueueFull      = "queue_full"      // dropped, will come again
	resultNotAccepting   = "not_accepting"   // dropped, will come again
	resultTooManyNodes   = "too_many_nodes"  // dropped, will come again
)

// delayBuckets reach from a local network to a week's outage.
var delayBuckets = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 86400, 7 * 86400}

func (in *Ingester) newMetrics() *metrics {
	m := &metrics{}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "siaga_ingest_" + name, Help: help}, labels)
		m.all = append(m.all, c)
		return c
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "siaga_ingest_" + name, Help: help, Buckets: buckets}, labels)
		m.all = append(m.all, h)
		return h
	}
	gauge := func(name, help string, labels prometheus.Labels, value func() float64) {
		m.all = append(m.all, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "siaga_ingest_" + name, Help: help, ConstLabels: labels}, value))
	}
	m.packs = counter("packs_total", "Packs by what became of them.", "lane", "result")
	m.readings = counter("readings_total", "Readings made durable.", "lane")
	m.refused = counter("refused_total", "Packs that went to the quarantine, wholly or in part.", "reason")
	m.conflicts = counter("conflicts_total", "Packs under numbers that another pack had.").WithLabelValues()
	m.acks = counter("acks_total", "Acknowledgements handed over.", "result")
	m.dropped = counter("reports_dropped_total", "Reports of stored packs given up for want of room.").WithLabelValues()
	m.storeDone = counter("store_writes_total", "Writes to InfluxDB by result.", "result")
	m.expired = counter("points_expired_total", "Points older than InfluxDB keeps, which count as stored.").WithLabelValues()
	m.registry = counter("registry_errors_total", "Reports that the registry did not take at once.", "spool")
	m.commit = histogram("commit_seconds", "Time to make a group of packs durable.", prometheus.DefBuckets).WithLabelValues().(prometheus.Histogram)
	m.storeWrite = histogram("store_write_seconds", "Time of one write to InfluxDB.", prometheus.DefBuckets).WithLabelValues().(prometheus.Histogram)
	m.delay = histogram("delivery_delay_seconds", "From sealing a pack at the node to its commit in InfluxDB.", delayBuckets, "lane")
	m.age = histogram("reading_age_seconds", "From a pack's newest reading to its commit in InfluxDB.", delayBuckets, "lane")

	gauge("accepting", "1 while packs are made durable and acknowledged.", nil, func() float64 {
		ok, _ := in.Accepting()
		return number(ok)
	})
	gauge("store_up", "1 while InfluxDB takes writes.", nil, func() float64 { return number(in.store.reason() == "") })
	gauge("queue_packs", "Packs that wait to be decoded.", nil, func() float64 { return float64(len(in.queue)) })
	gauge("queue_bytes", "Bytes that wait to be decoded.", nil, func() float64 { return float64(in.queued.Load()) })
	gauge("nodes", "Nodes heard of since the start.", nil, func() float64 { return float64(in.census.size()) })
	for _, w := range []struct {
		name, help string
		window     *delayWindow
	}{
		{"live_delay_seconds", "Delivery delay of the live packs of the last minute.", &in.delays},
		{"live_age_seconds", "Reading age of the live packs of the last minute.", &in.ages},
	} {
		gauge(w.name, w.help, prometheus.Labels{"quantile": "0.5"}, func() float64 {
			p50, _ := w.window.quantiles(in.dep.Now())
			return p50.Seconds()
		})
		gauge(w.name, w.help, prometheus.Labels{"quantile": "0.99"}, func() float64 {
			_, p99 := w.window.quantiles(in.dep.Now())
			return p99.Seconds()
		})
	}
	gauge("spool_oldest_timestamp_seconds", "When the first pack that waits for InfluxDB came, in Unix time.", nil, func() float64 {
		return float64(in.data.oldest.Load()) / 1000
	})
	for _, box := range []*outbox{in.data, in.stored, in.refused} {
		labels := prometheus.Labels{"spool": box.name}
		gauge("spool_records", "Records on disk.", labels, func() float64 { return float64(box.Stats().Records) })
		gauge("spool_bytes", "Bytes that the records on disk hold.", labels, func() float64 { return float64(box.Stats().Bytes) })
		gauge("spool_limit_bytes", "Bytes that the records on disk may hold.", labels, func() float64 { return float64(box.limit) })
		gauge("spool_damage", "Pieces of damage found at the start.", labels, func() float64 { return float64(box.damage) })
	}
	return m
}

// register makes the metrics known; on an error none of them is.
func (m *metrics) register(r prometheus.Registerer) error {
	for i, c := range m.all {
		if err := r.Register(c); err != nil {
			for _, done := range m.all[:i] {
				r.Unregister(done)
			}
			var twice prometheus.AlreadyRegisteredError
			if errors.As(err, &twice) {
				return errors.New("register metrics: another ingester uses the same registry")
			}
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

func (m *metrics) unregister(r prometheus.Registerer) {
	for _, c := range m.all {
		r.Unregister(c)
	}
}

// pack counts a pack's fate.
func (m *metrics) pack(lane wire.Channel, result string) {
	m.packs.WithLabelValues(string(lane), result).Inc()
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
