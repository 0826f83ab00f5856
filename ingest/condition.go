package ingest

import (
	"log/slog"
	"sync"
	"time"
)

// condition is one thing that can be wrong, for as long as it is. It is safe for
// concurrent use.
type condition struct {
	name string // for the log
	// kept and next tell the log's reader where what came meanwhile is, and what
	// happens without his doing anything.
	kept, next string
	log        *slog.Logger
	// changed is told, if there is one, whenever reason changes from or to "".
	changed func()

	mu    sync.Mutex
	why   string
	since time.Time
}

// set says what is wrong, "" for nothing. Only a change is logged.
func (c *condition) set(why string) {
	c.mu.Lock()
	before := c.why
	c.why = why
	flipped := (before == "") != (why == "")
	if flipped {
		c.since = time.Now()
	}
	c.mu.Unlock()
	switch {
	case before == why:
		return
	case why != "":
		c.log.Warn("trouble", "what", c.name, "reason", why, "kept", c.kept, "next", c.next)
	default:
		c.log.Info("trouble is over", "what", c.name)
	}
	if flipped && c.changed != nil {
		c.changed()
	}
}

// reason returns what is wrong, "" for nothing.
func (c *condition) reason() string {
	why, _ := c.state()
	return why
}

// state returns what is wrong and since when.
func (c *condition) state() (why string, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why, c.since
}
