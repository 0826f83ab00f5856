package index

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/minute"
)

// metrics are what Prometheus may ask about:
//
//	siaga_index_minutes_total{result}   minutes of the measurement index: written, missed (never written), refused
//	                                    (parts that InfluxDB does not take)
//	siaga_index_minute_seconds          time to compute and write one, with its rests, or to fail
//	siaga_index_hours_total{result}     hours of nodes that were rolled up: written, failed (they wait again)
//	siaga_index_job_seconds             time to roll up at most six hours of one node, or to fail
//	siaga_index_hours_waiting           hours of nodes that wait to be rolled up
type metrics struct {
	minutes       *prometheus.CounterVec
	minuteSeconds prometheus.Histogram
	hours         *prometheus.CounterVec
	jobSeconds    prometheus.Histogram
}

// newMetrics registers the metrics at r, where none of them may be; nil: nowhere.
func newMetrics(r prometheus.Registerer, h *hours) *metrics {
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"result"})
	}
	seconds := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: minute.Buckets})
	}
	m := &metrics{
		minutes:       counter("siaga_index_minutes_total", "Minutes of the measurement index by what became of them."),
		minuteSeconds: seconds("siaga_index_minute_seconds", "Time to compute and write a minute of the measurement index, with its rests."),
		hours:         counter("siaga_index_hours_total", "Hours of nodes that were rolled up."),
		jobSeconds:    seconds("siaga_index_job_seconds", "Time to roll up some hours of one node."),
	}
	if r != nil {
		r.MustRegister(m.minutes, m.minuteSeconds, m.hours, m.jobSeconds, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "siaga_index_hours_waiting", Help: "Hours of nodes that wait to be rolled up.",
		}, func() float64 { return float64(h.waiting()) }))
	}
	return m
}
