package tsdb

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what Prometheus may ask about. A code is an HTTP status.
//
//	siaga_tsdb_writes_total{code}   requests to write, by their answer
//	siaga_tsdb_write_seconds        time of one, waiting for its place included
//	siaga_tsdb_points_total         points that were stored
//	siaga_tsdb_dropped_points_total points that were not, for their content
//	siaga_tsdb_query_seconds        time of a query, until its answer is written
//	siaga_tsdb_refused_total        requests turned away by Host, Origin or missing admin token, or for more than a Reader tells
//	siaga_tsdb_series               series in the database
//	siaga_tsdb_disk_bytes           size of the compressed data, without the write-ahead log
//	siaga_tsdb_unopened_shards      directories of data that could not be read at the start
//	siaga_tsdb_writable             0 while writes are refused for want of room on the disk, else 1
//	siaga_tsdb_reopened_total       how often the store was opened again after its disk was full
type metrics struct {
	writes  *prometheus.CounterVec
	write   prometheus.Histogram
	query   prometheus.Histogram
	engine  *Engine
	moments []moment
}

// moment is a figure that Stats tells.
type moment struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*Stats) float64
}

func newMetrics(e *Engine) *metrics {
	of := func(kind prometheus.ValueType, name, help string, value func(*Stats) float64) moment {
		return moment{prometheus.NewDesc("siaga_tsdb_"+name, help, nil, nil), kind, value}
	}
	return &metrics{
		writes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "siaga_tsdb_writes_total", Help: "Requests to write, by their answer."}, []string{"code"}),
		write:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "siaga_tsdb_write_seconds", Help: "Time of a request to write.", Buckets: prometheus.DefBuckets}),
		query:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "siaga_tsdb_query_seconds", Help: "Time of a query.", Buckets: prometheus.DefBuckets}),
		engine: e,
		moments: []moment{
			of(prometheus.CounterValue, "points_total", "Points that were stored.", func(s *Stats) float64 { return float64(s.Points) }),
			of(prometheus.CounterValue, "dropped_points_total", "Points that were not stored, for their content.", func(s *Stats) float64 { return float64(s.Dropped) }),
			of(prometheus.CounterValue, "refused_total", "Requests turned away by Host, Origin or missing admin token, or for more than a reader may.", func(s *Stats) float64 { return float64(s.Refused) }),
			of(prometheus.GaugeValue, "series", "Series in the database.", func(s *Stats) float64 { return float64(s.Series) }),
			of(prometheus.GaugeValue, "disk_bytes", "Size of the compressed data.", func(s *Stats) float64 { return float64(s.DiskBytes) }),
			of(prometheus.GaugeValue, "unopened_shards", "Directories of data that could not be read.", func(s *Stats) float64 { return float64(len(s.UnopenedShards)) }),
			of(prometheus.GaugeValue, "writable", "0 while writes are refused for want of room on the disk.", func(s *Stats) float64 {
				if s.Refusing != "" {
					return 0
				}
				return 1
			}),
			of(prometheus.CounterValue, "reopened_total", "How often the store was opened again after its disk was full.", func(s *Stats) float64 { return float64(s.Reopened) }),
		},
	}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	m.writes.Describe(ch)
	m.write.Describe(ch)
	m.query.Describe(ch)
	for _, one := range m.moments {
		ch <- one.desc
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	m.writes.Collect(ch)
	m.write.Collect(ch)
	m.query.Collect(ch)
	s := m.engine.Stats()
	for _, one := range m.moments {
		ch <- prometheus.MustNewConstMetric(one.desc, one.kind, one.value(&s))
	}
}

func (m *metrics) register(r prometheus.Registerer) error {
	if err := r.Register(m); err != nil {
		if errors.As(err, new(prometheus.AlreadyRegisteredError)) {
			return errors.New("register metrics: another time series engine uses the same registry")
		}
		return fmt.Errorf("register metrics: %w", err)
	}
	return nil
}

// timedWrite counts and times a request to write.
func (m *metrics) timedWrite(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began, coded := time.Now(), &codeWriter{ResponseWriter: w, code: http.StatusOK}
		next(coded, r)
		m.write.Observe(time.Since(began).Seconds())
		m.writes.WithLabelValues(strconv.Itoa(coded.code)).Inc()
	}
}

// timedQuery times a query.
func (m *metrics) timedQuery(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		next(w, r)
		m.query.Observe(time.Since(began).Seconds())
	}
}

// codeWriter remembers the status of an answer.
type codeWriter struct {
	http.ResponseWriter
	code int
}

// WriteHeader remembers code and passes it on.
func (w *codeWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.MaxBytesReader reach the server's own writer.
func (w *codeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
