package gateway

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/minute"
	"github.com/siaga-id/siaga/gateway/secure"
)

// metrics are what Prometheus may ask about beside the ingester's:
//
//	siaga_registry_change_seconds{change}     time of a change of the registry until it is durable: stored and states
//	                                          (the ledger), quarantine, replay, drop, lost, claim, sites, inventory
//	siaga_registry_errors_total{change}       changes that were not made
//	siaga_registry_left_out_total{of}         parts that reports (stored) and node states (states) were kept without
//	siaga_states_queue                        nodes whose state waits for the registry
//	siaga_states_total{result}                node states: kept, not_understood, dropped (the machine was too slow), failed
//	siaga_live_nodes, siaga_live_online       nodes heard of that are not retired, and those of them that are online
//	siaga_live_subscribers                    who is told of changes: event streams
//	siaga_live_reseeds_total                  subscribers that fell behind: what waited for them was thrown away, and
//	                                          they got everything anew
//	siaga_live_dropped_total                  readings not shown for want of room; they are stored like all others
//	siaga_node_minutes_total{result}          minutes of the measurements node and center: written, missed (never written), refused
//	                                          (parts that InfluxDB does not take)
//	siaga_node_minute_seconds                 time to compute and write one, with its rests, or to fail
type metrics struct {
	change        *prometheus.HistogramVec
	failed        *prometheus.CounterVec
	leftOut       *prometheus.CounterVec
	states        *prometheus.CounterVec
	minutes       *prometheus.CounterVec
	minuteSeconds prometheus.Histogram
}

// changeBuckets reach from a disk with a battery behind it to a stalled card.
var changeBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// newMetrics registers the metrics at r, where none of them may be.
func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		change: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "siaga_registry_change_seconds", Help: "Time of a change of the registry until it is durable.", Buckets: changeBuckets,
		}, []string{"change"}),
		failed:  counter("siaga_registry_errors_total", "Changes of the registry that were not made.", "change"),
		leftOut: counter("siaga_registry_left_out_total", "Parts that reports and node states were kept without.", "of"),
		states:  counter("siaga_states_total", "Node states by what became of them.", "result"),
		minutes: counter("siaga_node_minutes_total", "Minutes of the measurement node by what became of them.", "result"),
		minuteSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "siaga_node_minute_seconds", Help: "Time to compute and write a minute of the measurement node, with its rests.", Buckets: minute.Buckets,
		}),
	}
	r.MustRegister(m.change, m.failed, m.leftOut, m.states, m.minutes, m.minuteSeconds)
	return m
}

func counter(name, help, label string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
}

// observe is registry.Options.Observe.
func (m *metrics) observe(change string, took time.Duration, err error) {
	m.change.WithLabelValues(change).Observe(took.Seconds())
	if err != nil {
		m.failed.WithLabelValues(change).Inc()
	}
}

// watchDoor registers what comes to the secure addresses.
func watchDoor(r prometheus.Registerer, d *secure.Door) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "siaga_secure_pending", Help: "Connections that have not said what they want.",
	}, func() float64 { return float64(d.Stats().Pending) }))
	for outcome, count := range map[string]func(secure.Stats) uint64{
		"accepted": func(s secure.Stats) uint64 { return s.Accepted },
		"failed":   func(s secure.Stats) uint64 { return s.Failed },
		"evicted":  func(s secure.Stats) uint64 { return s.Evicted },
		"strange":  func(s secure.Stats) uint64 { return s.Strange },
		"crowded":  func(s secure.Stats) uint64 { return s.Crowded },
	} {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "siaga_secure_connections_total", Help: "Connections to the secure addresses, by what became of them.",
			ConstLabels: prometheus.Labels{"outcome": outcome},
		}, func() float64 { return float64(count(d.Stats())) }))
	}
}

// watch registers what is asked of the hub and of the states' queue.
func watch(r prometheus.Registerer, hub *live.Hub, s *states) {
	gauge := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	total := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
	}
	gauge("siaga_states_queue", "Nodes whose state waits for the registry.", func() float64 { return float64(s.waiting.len()) })
	gauge("siaga_live_nodes", "Nodes heard of.", func() float64 { return float64(hub.Stats().Nodes) })
	gauge("siaga_live_online", "Nodes that are online.", func() float64 { return float64(hub.Stats().Online) })
	gauge("siaga_live_subscribers", "Who is told of changes.", func() float64 { return float64(hub.Stats().Subscribers) })
	total("siaga_live_reseeds_total", "Subscribers that fell behind and got everything anew.", func() float64 { return float64(hub.Stats().Reseeds) })
	total("siaga_live_dropped_total", "Readings not shown for want of room.", func() float64 { return float64(hub.Stats().Dropped) })
}
