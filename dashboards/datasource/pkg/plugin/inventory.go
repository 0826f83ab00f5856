package plugin

import "time"

// node is what the center tells of a node.
type node struct {
	ID              string       `json:"id"`
	Site            site         `json:"site"`
	Simulated       bool         `json:"simulated"`
	Online          bool         `json:"online"`
	LastSeen        *time.Time   `json:"last_seen"`
	Clock           string       `json:"clock"`
	Version         string       `json:"version"`
	Queue           queue        `json:"queue"`
	CompletenessPct *float64     `json:"completeness_pct"`
	OpenGaps        int64        `json:"open_gaps"`
	Repair          *repair      `json:"repair"`
	Retired         *time.Time   `json:"retired"`
	Sensors         []nodeSensor `json:"sensors"`
}

type site struct {
	Code         string   `json:"code"`
	Name         string   `json:"name"`
	District     string   `json:"district"`
	DistrictCode string   `json:"district_code"`
	Lat          *float64 `json:"lat"`
	Lon          *float64 `json:"lon"`
}

type queue struct {
	Packs  int64      `json:"packs"`
	Oldest *time.Time `json:"oldest"`
}

type repair struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

type nodeSensor struct {
	ID         string   `json:"id"`
	Driver     string   `json:"driver"`
	IntervalS  float64  `json:"interval_s"`
	Health     string   `json:"health"`
	Error      string   `json:"error"`
	Quantities []string `json:"quantities"`
}

// inventory is the nodes as of one moment.
type inventory struct {
	asked time.Time
	all   []node
	byID  map[string]*node
}

func (v *inventory) keep(all []node) {
	v.all, v.byID = all, make(map[string]*node, len(all))
	for i := range all {
		v.byID[all[i].ID] = &all[i]
	}
}

// place is where a node is, empty where the node is not known.
func (v *inventory) place(id string) site {
	if n := v.byID[id]; n != nil {
		return n.Site
	}
	return site{}
}

// interval is how often a sensor measures, 0 where not known.
func (n *node) interval(sensor string) time.Duration {
	for i := range n.Sensors {
		if n.Sensors[i].ID == sensor {
			return time.Duration(n.Sensors[i].IntervalS * float64(time.Second))
		}
	}
	return 0
}
