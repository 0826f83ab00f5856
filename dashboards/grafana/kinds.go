package grafana

// defaultOptions are a kind's options where a panel says nothing else. Names and
// values are of Grafana 12.3's panelcfg.cue.
func defaultOptions(k Kind) map[string]any {
	// Rows are values, and a tile each; so their query has one number a row.
	rows := map[string]any{"calcs": []string{"lastNotNull"}, "values": true, "fields": ""}
	legend := map[string]any{"showLegend": true, "displayMode": "list", "placement": "bottom", "calcs": []string{}}
	tooltip := map[string]any{"mode": "multi", "sort": "desc"}
	switch k {
	case Stat:
		return map[string]any{
			"reduceOptions": rows, "textMode": "value_and_name", "colorMode": "background_solid", "graphMode": "none",
			"justifyMode": "center", "orientation": "auto", "wideLayout": false, "showPercentChange": false,
		}
	case Gauge:
		return map[string]any{
			"reduceOptions": rows, "orientation": "auto", "showThresholdLabels": false, "showThresholdMarkers": true,
			"sizing": "auto", "minVizWidth": 75, "minVizHeight": 75,
		}
	case BarGauge:
		return map[string]any{
			"reduceOptions": rows, "orientation": "horizontal", "displayMode": "basic", "valueMode": "text", "namePlacement": "left",
			"showUnfilled": true, "sizing": "auto", "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300,
			"legend": map[string]any{"showLegend": false, "displayMode": "list", "placement": "bottom", "calcs": []string{}},
		}
	case StateTimeline:
		return map[string]any{
			"showValue": "auto", "rowHeight": 0.9, "mergeValues": true, "alignValue": "center", "perPage": 0,
			"legend": map[string]any{"showLegend": false, "displayMode": "list", "placement": "bottom", "calcs": []string{}}, "tooltip": tooltip,
		}
	case StatusHistory:
		return map[string]any{
			"showValue": "never", "rowHeight": 0.9, "colWidth": 0.95, "perPage": 0,
			"legend": map[string]any{"showLegend": false, "displayMode": "list", "placement": "bottom", "calcs": []string{}}, "tooltip": tooltip,
		}
	case Table:
		return map[string]any{"showHeader": true, "cellHeight": "md"}
	case BarChart:
		return map[string]any{
			"orientation": "auto", "xTickLabelRotation": 0, "xTickLabelMaxLength": 0, "xTickLabelSpacing": 0, "stacking": "none",
			"showValue": "auto", "barWidth": 0.9, "groupWidth": 0.8, "fullHighlight": false, "legend": legend, "tooltip": tooltip,
		}
	case TimeSeries:
		return map[string]any{"legend": legend, "tooltip": tooltip}
	}
	return map[string]any{}
}

// gap is how long a graph bears no value before its line breaks, in ms: a node
// that nothing is wrong with sends every minute at the least.
const gap = 300_000

// defaultCustom is what a kind's fields have where a panel says nothing else.
func defaultCustom(k Kind) map[string]any {
	switch k {
	case TimeSeries:
		// What stands alone between two gaps is a point.
		return map[string]any{
			"drawStyle": "line", "lineWidth": 3, "fillOpacity": 0, "showPoints": "auto", "pointSize": 6,
			"spanNulls": false, "insertNulls": gap,
		}
	case StateTimeline:
		return map[string]any{"fillOpacity": 85, "lineWidth": 0, "spanNulls": false, "insertNulls": gap}
	case StatusHistory:
		return map[string]any{"fillOpacity": 85, "lineWidth": 0}
	case BarChart:
		return map[string]any{"fillOpacity": 90, "lineWidth": 1}
	case Table:
		return map[string]any{"align": "auto", "cellOptions": map[string]any{"type": "auto"}, "filterable": false}
	}
	return map[string]any{}
}

// one shows the last value of every series instead of every row.
func one() map[string]any {
	return map[string]any{"calcs": []string{"lastNotNull"}, "values": false, "fields": ""}
}
