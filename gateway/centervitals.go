package gateway

import "time"

// centerVital is what a center knows of itself at one moment.
type centerVital struct {
	// name is that of its own ingester, ingest.name.
	name   string
	demo   bool
	uptime time.Duration
	// disk is that of the data directory, nil where it cannot be told.
	disk *diskRoom
	// spool is nil where other processes take packs in.
	spool *spoolRoom
	// quarantined is all that is open in the quarantine, unregistered what of it
	// names no node in service.
	quarantined, unregistered int
	// nodes are in service, online of them are heard of.
	nodes, online int
}

// spoolRoom is what waits for InfluxDB in this process.
type spoolRoom struct {
	packs        uint64
	bytes, limit int64
}

// self returns what tells a center's own vitals, since a time, but for the counts.
// The function is for Run.
func (c *Center) self(started time.Time) func() centerVital {
	unknown := &seldom{log: c.log}
	return func() centerVital {
		own := centerVital{name: c.cfg.Ingest.Name, demo: c.cfg.Ingest.Demo, uptime: time.Since(started)}
		if room, err := roomOf(c.cfg.dataDir()); err != nil {
			unknown.warn("the room on the center's disk is not known: no alert will tell when it is full", 1, err)
		} else {
			own.disk = &room
		}
		if c.cfg.ingests() {
			st := c.ingester.Status()
			own.spool = &spoolRoom{packs: st.WaitingPacks, bytes: st.WaitingBytes, limit: st.LimitBytes}
		}
		return own
	}
}

// count takes a node in service into account.
func (c *centerVital) count(n *vital) {
	c.nodes++
	c.unregistered -= n.quarantined
	if n.live.Online {
		c.online++
	}
}

// appendCenter appends how the center itself does as line protocol, one line:
//
//	center,center=center uptime=3600,simulated=0,nodes=12,… 1772341200000
//
// The tag is the name of its own ingester, which tells centers apart that write into
// one database. All fields are floats; those of which nothing is known are left out:
//
//	uptime         s since the program started
//	simulated      1 for a demo center, else 0
//	nodes          that are in service: known and not retired, as many as "node" has
//	online         of those, that are heard of
//	quarantined    payloads that are open in the quarantine
//	quarantined_unregistered  of those, what names no node in service: one that is not
//	               known or retired, or none; the others are counted in "node"
//	disk_free      bytes left for the program on the data directory's file system
//	disk_free_pct  % of that file system, without what is reserved for others
//
// and where this process takes packs in:
//
//	spool_packs    packs that wait for InfluxDB
//	spool_bytes    bytes of those, on disk
//	spool_limit    bytes that may wait: at that, no pack is acknowledged any more
func appendCenter(dst []byte, c *centerVital, minute time.Time) []byte {
	dst = append(append(dst, "center,center="...), c.name...)
	dst = appendVital(dst, ' ', "uptime", c.uptime.Seconds())
	dst = appendVital(dst, ',', "simulated", number(c.demo))
	dst = appendVital(dst, ',', "nodes", float64(c.nodes))
	dst = appendVital(dst, ',', "online", float64(c.online))
	dst = appendVital(dst, ',', "quarantined", float64(c.quarantined))
	dst = appendVital(dst, ',', "quarantined_unregistered", float64(c.unregistered))
	if d := c.disk; d != nil && d.size > 0 {
		dst = appendVital(dst, ',', "disk_free", float64(d.free))
		dst = appendVital(dst, ',', "disk_free_pct", 100*float64(d.free)/float64(d.size))
	}
	if s := c.spool; s != nil {
		dst = appendVital(dst, ',', "spool_packs", float64(s.packs))
		dst = appendVital(dst, ',', "spool_bytes", float64(s.bytes))
		dst = appendVital(dst, ',', "spool_limit", float64(s.limit))
	}
	return appendMinute(dst, minute)
}
