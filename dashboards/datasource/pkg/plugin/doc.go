// Package plugin is Grafana's data source for a Siaga center: history, lists and
// annotations through the center's HTTP API, and readings as they come through Grafana
// Live.
//
// Doubt is told, not hidden: values that are bad or missing are null, suspect ones are
// counted in a notice, what is stale has no present value, and what is simulated says
// SIMULASI.
//
// An instance has one event stream to its center, however many panels and people look,
// and only while somebody does. A row that it cannot hand on in time is dropped and
// counted; Prometheus may ask Grafana for
//
//	siaga_datasource_live_channels               live channels that are followed
//	siaga_datasource_live_dropped_total          rows dropped since Grafana took them too slowly
//	siaga_datasource_live_interruptions_total    times that the center's event stream was lost
//	siaga_datasource_live_filled_total           rows that came from history, since the stream had passed them over
//	siaga_datasource_live_unfilled_total         rows passed on although what was between was not found
//
// It must not write anything at the center, hand on a path or name that it has not
// checked, nor use files, the environment or system calls: Grafana refuses plugins that
// do. Of Siaga's packages it imports internal/reading alone.
package plugin
