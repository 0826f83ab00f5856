package device

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what Prometheus may ask about. A filter is one of the
// configuration's.
//
//	siaga_device_messages_total{filter,result}  messages by what became of them: the result constants below
//	siaga_device_topics                         filters in the configuration
//	siaga_device_accepting                      1 while messages are made durable and acknowledged
//	siaga_device_links                          connections that publish messages of devices
//	siaga_device_queue_messages                 what waits to be made durable
//	siaga_device_spool_records, _spool_bytes    what waits on disk for a decoder
//	siaga_device_spool_limit_bytes              how much may
//	siaga_device_spool_oldest_timestamp_seconds when the first of it came, in Unix time; 0 where none waits
//	siaga_device_commit_seconds                 time to make a group of messages durable
type metrics struct {
	all []prometheus.Collector

	messages *prometheus.CounterVec
	commit   prometheus.Histogram
}

// What becomes of a message: the values of the label "result".
const (
	resultStored       = "stored"        // made durable
	resultCut          = "cut"           // over the limit: its beginning was made durable
	resultNotAccepting = "not_accepting" // not acknowledged, the connection ended: will come again
	resultRetained     = "retained"      // what the broker kept as the latest, told at a subscription: not news
)

func (in *Intake) newMetrics() *metrics {
	m := &metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "siaga_device_messages_total", Help: "Messages of devices by what became of them."}, []string{"filter", "result"}),
		commit:   prometheus.NewHistogram(prometheus.HistogramOpts{Name: "siaga_device_commit_seconds", Help: "Time to make a group of messages durable.", Buckets: prometheus.DefBuckets}),
	}
	m.all = []prometheus.Collector{m.messages, m.commit}
	gauge := func(name, help string, value func() float64) {
		m.all = append(m.all, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "siaga_device_" + name, Help: help}, value))
	}
	gauge("topics", "Filters in the configuration.", func() float64 { return float64(len(in.conf.Topics)) })
	gauge("accepting", "1 while messages are made durable and acknowledged.", func() float64 {
		if in.Status().Accepting {
			return 1
		}
		return 0
	})
	gauge("links", "Connections that publish messages of devices.", func() float64 { return float64(in.links.Load()) })
	gauge("queue_messages", "Messages that wait to be made durable.", func() float64 { return float64(len(in.queue)) })
	gauge("spool_records", "Messages that wait on disk for a decoder.", func() float64 { return float64(in.spool.Stats().Records) })
	gauge("spool_bytes", "Bytes that wait on disk for a decoder.", func() float64 { return float64(in.spool.Stats().Bytes) })
	gauge("spool_limit_bytes", "Bytes that may wait on disk.", func() float64 { return float64(in.conf.SpoolBytes) })
	gauge("spool_oldest_timestamp_seconds", "When the first message that waits came, in Unix time.", func() float64 { return float64(in.oldest.Load()) / 1000 })
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
				return errors.New("register metrics: another device intake uses the same registry")
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
