package plugin

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// The plugin's metrics, of all its data sources together; Grafana collects them from the
// default registry.
var (
	liveChannels = promauto.NewGauge(prometheus.GaugeOpts{
		Name: "siaga_datasource_live_channels", Help: "Live channels that are followed.",
	})
	liveDropped = promauto.NewCounter(prometheus.CounterOpts{
		Name: "siaga_datasource_live_dropped_total", Help: "Rows dropped since Grafana took them too slowly.",
	})
	liveInterruptions = promauto.NewCounter(prometheus.CounterOpts{
		Name: "siaga_datasource_live_interruptions_total", Help: "Times that the center's event stream was lost.",
	})
	liveFilled = promauto.NewCounter(prometheus.CounterOpts{
		Name: "siaga_datasource_live_filled_total", Help: "Rows that came from history, since the event stream had passed them over.",
	})
	liveUnfilled = promauto.NewCounter(prometheus.CounterOpts{
		Name: "siaga_datasource_live_unfilled_total", Help: "Rows passed on although what was between was not found in history.",
	})
)
