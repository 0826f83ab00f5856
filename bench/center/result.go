package main

import (
	"errors"
	"fmt"

	"github.com/siaga-id/siaga/bench/generator"
)

// result is what a run has measured. Times are in seconds, memory in bytes.
type result struct {
	Run   string  `json:"run"`
	Cores int     `json:"cores"`
	Nodes int     `json:"nodes"`
	ForS  float64 `json:"for_s"`
	// WarmS is how long at the beginning delays were not counted, but in Windows.
	WarmS float64 `json:"warm_s"`
	// Influxd says that InfluxDB was a process of its own: all figures of memory and
	// processor are without it.
	Influxd bool `json:"influxd"`
	// ConnectedInS is until every node was connected and had told its state.
	ConnectedInS float64 `json:"connected_in_s"`

	// Packs were sent, Again times one of them a second time, Acked acknowledged,
	// Refused acknowledged as refused, Held sent late because too many were under
	// way. Broken nodes ended early, Trouble is what the last one met.
	Packs   int    `json:"packs"`
	Again   int    `json:"again"`
	Acked   int    `json:"acked"`
	Refused int    `json:"refused"`
	Held    int    `json:"held"`
	Broken  int    `json:"broken"`
	Trouble string `json:"trouble,omitempty"`
	// Stored is how many readings InfluxDB counts, StoredPerS per second from the
	// first pack until all were in it.
	Stored      int     `json:"stored_readings"`
	StoredPerS  float64 `json:"stored_readings_per_s"`
	PayloadEach float64 `json:"payload_bytes_per_reading"`

	// Delivery is from a pack's being sealed to its commit in InfluxDB, as the
	// center measures it, after the warm time. WorstP99 is the highest that its 99th
	// percentile over the newest 2048 packs has been. Slowest is what no pack
	// exceeded: the bound of a histogram's bucket. MinutesMax is the most that the
	// center's own record of each minute knows, 0 where there was no whole minute.
	Delivery    delays  `json:"delivery"`
	WorstP99S   float64 `json:"delivery_worst_p99_s"`
	WithinHalfS float64 `json:"delivery_within_500ms"`
	MinutesMaxS float64 `json:"delivery_minutes_max_s"`
	// Windows are Delivery's of about 10 s each.
	Windows []window `json:"delivery_windows"`
	// Ack is from when a pack was due to its acknowledgement, Late to its being
	// written to the connection: what the generator itself adds.
	Ack  delays `json:"ack"`
	Late delays `json:"late"`

	// Connected is the center's memory before the first pack, Minute a minute
	// later, End when all is stored. Growth is a minute's, over the second half.
	Connected memory  `json:"memory_connected"`
	Minute    memory  `json:"memory_minute"`
	End       memory  `json:"memory_end"`
	Peak      int64   `json:"memory_peak"`
	Growth    memory  `json:"memory_growth_per_minute"`
	CPU       cpu     `json:"cpu_cores"`
	CPUEachNS float64 `json:"center_cpu_ns_per_reading"`

	Complaints []string `json:"complaints,omitempty"`
}

type delays struct {
	P50S float64 `json:"p50_s"`
	P99S float64 `json:"p99_s"`
	MaxS float64 `json:"max_s"`
}

// window is the packs that came into InfluxDB until a moment, since the window before.
type window struct {
	AtS float64 `json:"at_s"` // since the first pack
	delays
}

// memory is all that is resident, and what of it is no part of a file.
type memory struct {
	Resident  int64 `json:"resident"`
	Anonymous int64 `json:"anonymous"`
}

// cpu is how many cores were used on the average, while packs came: Others is
// what neither the center nor the generators did, Stolen what the hypervisor gave to
// other machines.
type cpu struct {
	Center     float64 `json:"center"`
	Generators float64 `json:"generators"`
	Others     float64 `json:"others"`
	Stolen     float64 `json:"stolen"`
}

// complete returns what is not stored as it was sent.
func (r result) complete() error {
	var errs []error
	if r.Acked != r.Packs {
		errs = append(errs, fmt.Errorf("%d packs were sent, %d acknowledged", r.Packs, r.Acked))
	}
	if want := r.Packs * generator.Readings; r.Stored != want {
		errs = append(errs, fmt.Errorf("%d readings were sent, InfluxDB holds %d", want, r.Stored))
	}
	if r.Refused > 0 {
		errs = append(errs, fmt.Errorf("%d packs were refused", r.Refused))
	}
	if r.Broken > 0 {
		errs = append(errs, fmt.Errorf("%d nodes ended early: %s", r.Broken, r.Trouble))
	}
	return errors.Join(errs...)
}
