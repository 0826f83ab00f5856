package broker

import "github.com/prometheus/client_golang/prometheus"

// metrics are what Prometheus may ask about.
//
//	siaga_broker_clients                 clients connected now
//	siaga_broker_subscriptions           subscriptions held
//	siaga_broker_messages_received_total messages that clients have published
//	siaga_broker_messages_sent_total     messages handed to subscribers
//	siaga_broker_received_bytes_total    whole packets, of all kinds
//	siaga_broker_sent_bytes_total        whole packets, of all kinds
//	siaga_broker_wills_total             Wills sent for clients that are gone
//	siaga_broker_inflight                messages of QoS 1 and 2 that are not confirmed yet, by subscribers or to publishers
//	siaga_broker_dropped_total           messages that a subscriber missed because it reads slowly, or was away too long
//	siaga_broker_refused_total           what clients may not, by reason: publish, subscribe, will, certificate, password, client_id, no_credentials, subscriptions, sessions, retained, no_connect, full; rate: slowed down
//	siaga_broker_too_large_total         clients sent away for a packet over the limit
//	siaga_broker_hung_up_total           connections ended because a device's message could not be made durable
type metrics struct{ b *Broker }

type metric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*Stats) float64
}

var all = []metric{
	gauge("clients", "Clients connected now.", func(s *Stats) float64 { return float64(s.Clients) }),
	gauge("subscriptions", "Subscriptions held.", func(s *Stats) float64 { return float64(s.Subscriptions) }),
	counter("messages_received_total", "Messages that clients have published.", func(s *Stats) float64 { return float64(s.Messages) }),
	counter("messages_sent_total", "Messages handed to subscribers.", func(s *Stats) float64 { return float64(s.Sent) }),
	counter("received_bytes_total", "Bytes of whole packets received.", func(s *Stats) float64 { return float64(s.BytesReceived) }),
	counter("sent_bytes_total", "Bytes of whole packets sent.", func(s *Stats) float64 { return float64(s.BytesSent) }),
	counter("wills_total", "Wills sent for clients that are gone.", func(s *Stats) float64 { return float64(s.Wills) }),
	gauge("inflight", "Messages of QoS 1 and 2 that are not confirmed yet.", func(s *Stats) float64 { return float64(s.Inflight) }),
	counter("dropped_total", "Messages that a subscriber missed because it reads slowly, or was away too long.", func(s *Stats) float64 { return float64(s.Dropped) }),
	counter("too_large_total", "Clients sent away for a packet over the limit.", func(s *Stats) float64 { return float64(s.TooLarge) }),
	counter("hung_up_total", "Connections ended because a device's message could not be made durable.", func(s *Stats) float64 { return float64(s.HungUp) }),
}

func gauge(name, help string, value func(*Stats) float64) metric {
	return metric{prometheus.NewDesc("siaga_broker_"+name, help, nil, nil), prometheus.GaugeValue, value}
}

func counter(name, help string, value func(*Stats) float64) metric {
	return metric{prometheus.NewDesc("siaga_broker_"+name, help, nil, nil), prometheus.CounterValue, value}
}

var refused = prometheus.NewDesc("siaga_broker_refused_total", "What clients may not, by reason; rate: messages that were slowed down.", []string{"reason"}, nil)

// Describe implements prometheus.Collector.
func (m metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, one := range all {
		ch <- one.desc
	}
	ch <- refused
}

// Collect implements prometheus.Collector: all figures are of one moment.
func (m metrics) Collect(ch chan<- prometheus.Metric) {
	s := m.b.Stats()
	for _, one := range all {
		ch <- prometheus.MustNewConstMetric(one.desc, one.kind, one.value(&s))
	}
	for i := range m.b.refusals.counts {
		ch <- prometheus.MustNewConstMetric(refused, prometheus.CounterValue, float64(m.b.refusals.counts[i].Load()), refusalReasons[i])
	}
}
