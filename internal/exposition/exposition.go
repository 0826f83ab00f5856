// Package exposition reads Prometheus' text format, as a center's /metrics says it.
// It must not know what any sample means.
package exposition

import (
	"strconv"
	"strings"
)

// Page holds values by name and labels as they stand there, such as
// `siaga_ingest_spool_bytes{spool="data"}`.
type Page map[string]float64

// Parse leaves out what is no sample.
func Parse(text string) Page {
	p := Page{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if v, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			p[line[:at]] = v
		}
	}
	return p
}

// Get returns nil where the page has no such sample.
func (p Page) Get(name string) *float64 {
	v, ok := p[name]
	if !ok {
		return nil
	}
	return &v
}
