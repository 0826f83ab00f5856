package grafana

import (
	"fmt"
	"strings"
	"time"
)

// Expand replaces the macros of an InfluxQL query as Grafana's InfluxDB data
// source does before it sends it: $timeFilter, $__interval_ms, $__interval and
// $interval.
func Expand(query string, from, to time.Time, interval time.Duration) string {
	return strings.NewReplacer(
		"$timeFilter", fmt.Sprintf("time >= %dms and time <= %dms", from.UnixMilli(), to.UnixMilli()),
		"$__interval_ms", fmt.Sprint(interval.Milliseconds()),
		"$__interval", fmt.Sprintf("%dms", interval.Milliseconds()),
		"$interval", fmt.Sprintf("%dms", interval.Milliseconds()),
	).Replace(query)
}
