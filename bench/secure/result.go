package main

import (
	"errors"
	"fmt"
)

// result is what was measured. Times are in seconds, memory in bytes.
type result struct {
	Cores   int         `json:"cores"`
	Nodes   int         `json:"nodes"`
	Enrol   enrolled    `json:"enrol"`
	Before  memory      `json:"memory_before"`
	Connect comeback    `json:"connect"`
	Quiet   quiet       `json:"quiet"`
	Storms  []comeback  `json:"storms"`
	Siege   *siegeTold  `json:"siege,omitempty"`
	Account accountTold `json:"account"`
	// Peak is the most memory that each center has held, in their order.
	Peaks      []int64  `json:"memory_peaks"`
	Complaints []string `json:"complaints,omitempty"`
}

// enrolled is how the nodes got their certificates. Again counts requests that the
// center was too busy for.
type enrolled struct {
	ImportS    float64 `json:"import_s"`
	TokensS    float64 `json:"tokens_s"`
	EnrolS     float64 `json:"enrol_s"`
	CenterCPUS float64 `json:"center_cpu_s"`
	Again      int     `json:"again"`
}

// memory is the center's: all that is resident, and of what Go's runtime holds the
// objects in use and the stacks.
type memory struct {
	Resident   int64 `json:"resident"`
	Objects    int64 `json:"objects"`
	Stacks     int64 `json:"stacks"`
	Goroutines int   `json:"goroutines"`
}

// each is by how much more m is than before, for each of so many.
func (m memory) each(before memory, nodes int) memory {
	n := int64(nodes)
	return memory{
		(m.Resident - before.Resident) / n, (m.Objects - before.Objects) / n, (m.Stacks - before.Stacks) / n,
		(m.Goroutines - before.Goroutines + nodes/2) / nodes,
	}
}

// comeback is how all nodes connected, from the moment on when they were switched
// on or the center was killed.
type comeback struct {
	DownS float64 `json:"down_s"`
	// AnswersS is when the center first answered, HalfS, MostS and AllS when 50 %,
	// 99 % and all nodes were connected; 0: never. Back is how many were in the end.
	AnswersS float64 `json:"answers_s"`
	HalfS    float64 `json:"half_s"`
	MostS    float64 `json:"most_s"`
	AllS     float64 `json:"all_s"`
	Back     int     `json:"back"`
	// Handshakes were finished, with connections whose first byte came; Failed and
	// Evicted connections were not.
	Handshakes int `json:"handshakes"`
	Failed     int `json:"failed"`
	Evicted    int `json:"evicted"`
	// Seconds is what came in each second, from its beginning.
	Seconds []second `json:"seconds"`
	// PeakPerS and PeakCores are the most of any second, CenterCPUS and FleetCPUS
	// processor time until all were back.
	PeakPerS   float64 `json:"peak_handshakes_per_s"`
	PeakCores  float64 `json:"peak_center_cores"`
	CenterCPUS float64 `json:"center_cpu_s"`
	FleetCPUS  float64 `json:"fleet_cpu_s"`
}

type second struct {
	Handshakes int `json:"handshakes"`
	Connected  int `json:"connected"`
}

type quiet struct {
	ForS      float64  `json:"for_s"`
	Center    float64  `json:"center_cores"`
	CPUS      float64  `json:"center_cpu_s"`
	Fleets    float64  `json:"fleet_cores"`
	Delivery  delivery `json:"delivery"`
	Connected memory   `json:"memory"`
}

// delivery is from a pack's being sealed to its commit in InfluxDB, of live packs,
// as the center measures it.
type delivery struct {
	Packs int     `json:"packs"`
	P50S  float64 `json:"p50_s"`
	P99S  float64 `json:"p99_s"`
}

// siegeTold is what connections without CONNECT did.
type siegeTold struct {
	Connections int `json:"connections"`
	// Opened were opened, and again when the center had closed them; MostOpen were
	// open at a time, Evicted closed for others.
	Opened   int `json:"opened"`
	MostOpen int `json:"most_open"`
	Evicted  int `json:"evicted"`
	// Gone is how often a node lost its connection, Least how few were connected at
	// any look. Newcomer is how long a
	// node's handshake took, at the most, Failed how many of Tried did not succeed.
	Gone      int      `json:"lost_connections"`
	Least     int      `json:"least_nodes"`
	Tried     int      `json:"newcomers"`
	Failed    int      `json:"newcomers_failed"`
	NewcomerS float64  `json:"newcomer_max_s"`
	Delivery  delivery `json:"delivery"`
	Center    float64  `json:"center_cores"`
	Before    memory   `json:"memory_before"`
	Most      memory   `json:"memory_most"`
}

// accountTold is what became of the readings. SettledS is how long it took until
// nothing waited any more after the nodes had stopped measuring.
type accountTold struct {
	Queued  int `json:"queued_readings"`
	Stored  int `json:"stored_readings"`
	Lost    int `json:"lost_readings"`
	Waiting int `json:"waiting_packs"`

	SettledS float64 `json:"settled_s"`
}

// complete returns what is not as it must be: nodes that stayed away, readings that
// are not in InfluxDB, or more of them than there were.
func (r result) complete() error {
	var errs []error
	for _, c := range append([]comeback{r.Connect}, r.Storms...) {
		if c.AllS == 0 {
			errs = append(errs, fmt.Errorf("center away for %.0f s: %d of %d nodes came back", c.DownS, c.Back, r.Nodes))
		}
	}
	if s := r.Siege; s != nil && (s.Least < r.Nodes || s.Gone > 0) {
		errs = append(errs, fmt.Errorf("siege: nodes lost their connection %d times, %d of %d were connected at the least", s.Gone, s.Least, r.Nodes))
	}
	if a := r.Account; a.Lost > 0 || a.Waiting > 0 || a.Stored != a.Queued || a.Queued == 0 {
		errs = append(errs, fmt.Errorf("%d readings were queued, %d never, %d packs still wait; InfluxDB holds %d", a.Queued, a.Lost, a.Waiting, a.Stored))
	}
	return errors.Join(errs...)
}
