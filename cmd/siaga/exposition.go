package main

import (
	"strconv"
	"strings"
)

// exposition is a page of Prometheus' text format: values by name and labels as
// they stand there, such as `siaga_ingest_spool_bytes{spool="data"}`.
type exposition map[string]float64

// parseExposition leaves out what is no sample.
func parseExposition(page string) exposition {
	e := exposition{}
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if v, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			e[line[:at]] = v
		}
	}
	return e
}

// get returns nil where the page has no such sample.
func (e exposition) get(name string) *float64 {
	v, ok := e[name]
	if !ok {
		return nil
	}
	return &v
}
