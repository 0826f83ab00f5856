package world

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
)

// Trace is a recording of what was true somewhere: rows of values, one column a
// quantity. It is never changed after ReadTrace, and may be used concurrently.
type Trace struct {
	times   []time.Time
	step    time.Duration
	columns map[column][]float64 // NaN where a row says nothing
	used    []string
	skipped []string
	// vehicles is, for each row, how many vehicles have passed before it.
	vehicles []float64
}

// TraceError says which line of a trace cannot be used, and why.
type TraceError struct {
	Line   int
	Reason string
}

// Error implements error.
func (e *TraceError) Error() string {
	return fmt.Sprintf("read trace: line %d: %s", e.Line, e.Reason)
}

// The bounds of a trace, so that a wrong file cannot eat the memory.
const (
	maxTraceRows    = 2_000_000
	maxTraceColumns = 100
)

// ReadTrace reads a CSV file. Its first column is "time" (RFC 3339), each row
// later than the one before; the others are quantities with their unit
// (level_m, pm2_5_ugm3, temperature_cel …, see columnOf). An empty cell says
// nothing. A line that breaks these rules is a *TraceError; nothing is read
// past it. Columns that no simulated chip shows are skipped: see Skipped.
func ReadTrace(r io.Reader) (*Trace, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, readError(err, "no header line")
	}
	t, places, err := header(head)
	if err != nil {
		return nil, err
	}
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, readError(err, "")
		}
		line, _ := in.FieldPos(0)
		if err := t.add(row, places, line); err != nil {
			return nil, err
		}
	}
	if len(t.times) < 2 {
		return nil, &TraceError{Line: len(t.times) + 1, Reason: "a trace needs at least two rows"}
	}
	t.step = typicalStep(t.times)
	t.countVehicles()
	return t, nil
}

func readError(err error, atEnd string) error {
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		return &TraceError{Line: bad.Line, Reason: bad.Err.Error()}
	case err == io.EOF:
		return &TraceError{Line: 1, Reason: atEnd}
	}
	return fmt.Errorf("read trace: %w", err)
}

// header sorts the columns; places[i] is where cell i goes, or the zero column.
func header(head []string) (t *Trace, places []column, err error) {
	refuse := func(format string, a ...any) (*Trace, []column, error) {
		return nil, nil, &TraceError{Line: 1, Reason: fmt.Sprintf(format, a...)}
	}
	if head[0] != "time" {
		return refuse("the first column is %q, want time", head[0])
	}
	if len(head) > maxTraceColumns {
		return refuse("more than %d columns", maxTraceColumns)
	}
	t = &Trace{columns: map[column][]float64{}}
	places = make([]column, len(head))
	seen := map[string]bool{}
	for i, name := range head[1:] {
		if seen[name] {
			return refuse("column %s twice", name)
		}
		seen[name] = true
		if c, ok := columnOf(name); ok {
			if _, twice := t.columns[c]; twice {
				return refuse("column %s is the same as another", name)
			}
			places[i+1] = c
			t.columns[c] = nil
		}
	}
	// A beam needs to know both how full the road is and how fast.
	_, full := t.columns[column{occupancy, ""}]
	_, fast := t.columns[column{speed, ""}]
	for i, name := range head {
		c := places[i]
		switch {
		case i == 0:
		case c == column{}, (c.what == occupancy || c.what == speed) && !(full && fast):
			t.skipped = append(t.skipped, name)
			delete(t.columns, c)
			places[i] = column{}
		default:
			t.used = append(t.used, name)
		}
	}
	if len(t.used) == 0 {
		return refuse("no column that a simulated chip shows")
	}
	return t, places, nil
}

func (t *Trace) add(row []string, places []column, line int) error {
	at, err := time.Parse(time.RFC3339, row[0])
	if err != nil {
		return &TraceError{Line: line, Reason: fmt.Sprintf("time %q is not RFC 3339", row[0])}
	}
	if n := len(t.times); n > 0 && !at.After(t.times[n-1]) {
		return &TraceError{Line: line, Reason: "time is not after the row before"}
	}
	if len(t.times) == maxTraceRows {
		return &TraceError{Line: line, Reason: fmt.Sprintf("more than %d rows", maxTraceRows)}
	}
	for i, c := range places {
		if c == (column{}) {
			continue
		}
		value := math.NaN()
		if row[i] != "" {
			value, err = strconv.ParseFloat(row[i], 64)
			if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
				return &TraceError{Line: line, Reason: fmt.Sprintf("%q is not a number", row[i])}
			}
		}
		t.columns[c] = append(t.columns[c], value)
	}
	t.times = append(t.times, at.UTC())
	return nil
}

// typicalStep is the median distance of rows.
func typicalStep(times []time.Time) time.Duration {
	steps := make([]time.Duration, len(times)-1)
	for i := range steps {
		steps[i] = times[i+1].Sub(times[i])
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}

// Used returns the columns that chips show, in the file's order. The caller
// must not change the slice.
func (t *Trace) Used() []string { return t.used }

// Skipped returns the columns that no simulated chip shows, in the file's
// order. The caller must not change the slice.
func (t *Trace) Skipped() []string { return t.skipped }

// First returns the time of the first row, as recorded.
func (t *Trace) First() time.Time { return t.times[0] }

// Last returns the time of the last row, as recorded.
func (t *Trace) Last() time.Time { return t.times[len(t.times)-1] }

// Step returns the typical (median) distance of rows.
func (t *Trace) Step() time.Duration { return t.step }

// LevelSpan returns the lowest and highest water level in m, to choose a
// sensor's height by; ok is false where the trace has no level.
func (t *Trace) LevelSpan() (lowest, highest float64, ok bool) {
	lowest, highest = math.Inf(1), math.Inf(-1)
	for _, v := range t.columns[column{level, ""}] {
		if !math.IsNaN(v) {
			lowest, highest, ok = math.Min(lowest, v), math.Max(highest, v), true
		}
	}
	return lowest, highest, ok
}

// row returns the row that holds at a moment of the recording's own time, and
// until when it holds; ok is false before the first row, in gaps, and after the
// last. A row holds until the next one, or, where that is more than three steps
// away (or there is none), for one step.
func (t *Trace) row(at time.Time) (i int, until time.Time, ok bool) {
	i, found := slices.BinarySearchFunc(t.times, at, time.Time.Compare)
	if !found {
		i--
	}
	if i < 0 {
		return 0, time.Time{}, false
	}
	until = t.until(i)
	return i, until, at.Before(until)
}

func (t *Trace) until(i int) time.Time {
	if i+1 < len(t.times) && t.times[i+1].Sub(t.times[i]) <= 3*t.step {
		return t.times[i+1]
	}
	return t.times[i].Add(t.step)
}

// value returns what a column holds at a moment of the recording's own time.
func (t *Trace) value(c column, at time.Time) (float64, bool) {
	values, have := t.columns[c]
	i, _, ok := t.row(at)
	if !have || !ok || math.IsNaN(values[i]) {
		return 0, false
	}
	return values[i], true
}
