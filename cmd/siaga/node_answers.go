package main

import "time"

// What a center says of its inventory.

type assetAnswer struct {
	Node      string           `json:"node"`
	Site      string           `json:"site"`
	Model     string           `json:"model"`
	Serial    string           `json:"serial"`
	Note      string           `json:"note"`
	Retired   *time.Time       `json:"retired,omitempty"`
	Mountings []mountingAnswer `json:"mountings"`
	Levels    []levelsAnswer   `json:"levels"`
	Version   string           `json:"version"`
	SiteKnown bool             `json:"site_known"`
}

type mountingAnswer struct {
	Sensor      string     `json:"sensor,omitempty"`
	Model       string     `json:"model"`
	Serial      string     `json:"serial"`
	HeightM     *float64   `json:"height_m"`
	DatumM      *float64   `json:"datum_m"`
	Orientation string     `json:"orientation"`
	Since       *time.Time `json:"since,omitempty"`
	Note        string     `json:"note"`
}

type levelsAnswer struct {
	Sensor    string        `json:"sensor"`
	Quantity  string        `json:"quantity"`
	ValidFrom time.Time     `json:"valid_from"`
	Invented  bool          `json:"invented"`
	Levels    []levelAnswer `json:"levels"`
}

type levelAnswer struct {
	Rank    int     `json:"rank"`
	Name    string  `json:"name"`
	Colour  string  `json:"colour"`
	Rising  float64 `json:"rising"`
	Falling float64 `json:"falling"`
}

type nodesAnswer struct {
	Time  time.Time    `json:"time"`
	Nodes []nodeAnswer `json:"nodes"`
}

type nodeAnswer struct {
	ID   string `json:"id"`
	Site struct {
		Code     string `json:"code"`
		Name     string `json:"name"`
		District string `json:"district"`
	} `json:"site"`
	Claimed         bool       `json:"claimed"`
	Simulated       bool       `json:"simulated"`
	Online          bool       `json:"online"`
	LastSeen        *time.Time `json:"last_seen"`
	Version         string     `json:"version"`
	CompletenessPct *float64   `json:"completeness_pct"`
	Repair          *struct {
		Until  time.Time `json:"until"`
		Reason string    `json:"reason"`
	} `json:"repair"`
	Retired *time.Time  `json:"retired"`
	Gaps    []gapAnswer `json:"gaps,omitempty"` // only of one that was asked for alone
}

type gapAnswer struct {
	Epoch  string `json:"epoch"`
	From   uint64 `json:"from"`
	To     uint64 `json:"to"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Said   string `json:"said"`
}

type siteAnswer struct {
	Site       string  `json:"site"`
	Name       string  `json:"name"`
	District   string  `json:"district"`
	Lat        float64 `json:"lat"`
	Lon        float64 `json:"lon"`
	River      string  `json:"river"`
	RiverOrder int     `json:"river_order"`
	Datum      string  `json:"datum"`
	Photo      string  `json:"photo"`
	Note       string  `json:"note"`
	Version    string  `json:"version"`
}

type eventAnswer struct {
	ID        int64      `json:"id"`
	Kind      string     `json:"kind"`
	Scope     string     `json:"scope"`
	Object    string     `json:"object"`
	From      time.Time  `json:"from"`
	To        time.Time  `json:"to"`
	Reason    string     `json:"reason"`
	Who       string     `json:"who"`
	Cancelled *time.Time `json:"cancelled,omitempty"`
}

type maintenanceAnswer struct {
	ID   int64     `json:"id"`
	Node string    `json:"node"`
	Time time.Time `json:"time"`
	Who  string    `json:"who"`
	What string    `json:"what"`
	Said time.Time `json:"said"`
}

type historyAnswer struct {
	Time    time.Time      `json:"time"`
	Who     string         `json:"who"`
	Address string         `json:"address"`
	Action  string         `json:"action"`
	Before  map[string]any `json:"before"`
	After   map[string]any `json:"after"`
	Refused string         `json:"refused"`
}

type enrolmentAnswer struct {
	ID      string    `json:"id"`
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

type importAnswer struct {
	Applied bool `json:"applied"`
	Changes []struct {
		Line   int    `json:"line"`
		Object string `json:"object"`
		New    bool   `json:"new"`
		Fields []struct {
			Field  string `json:"field"`
			Before string `json:"before"`
			After  string `json:"after"`
		} `json:"fields"`
	} `json:"changes"`
	Unplaced []string `json:"unplaced_sites"`
}
