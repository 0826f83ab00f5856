package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// span is a flag's duration, also in days: "30d".
type span time.Duration

// Set reads it.
func (s *span) Set(text string) error {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("want days such as 30d")
		}
		*s = span(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return fmt.Errorf("want a duration such as 4h, 90m or 30d")
	}
	*s = span(d)
	return nil
}

// String writes it.
func (s *span) String() string {
	d := time.Duration(*s)
	if d > 0 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return d.String()
}

// words says it to a person, in its largest whole unit.
func (s *span) words(l lang) string {
	d := time.Duration(*s)
	for _, unit := range []struct {
		size         time.Duration
		id, one, all string
	}{
		{24 * time.Hour, "hari", "day", "days"},
		{time.Hour, "jam", "hour", "hours"},
		{time.Minute, "menit", "minute", "minutes"},
		{time.Second, "detik", "second", "seconds"},
	} {
		n := d / unit.size
		switch {
		case n == 0 || d%unit.size != 0:
			continue
		case n == 1:
			return l.say("1 "+unit.id, "1 "+unit.one)
		}
		return fmt.Sprintf("%d %s", n, l.say(unit.id, unit.all))
	}
	return d.String()
}

// Type names it in a command's help.
func (*span) Type() string { return "duration" }

// parseWhen reads a time as people say it, in this machine's zone.
func parseWhen(text string, now time.Time) (time.Time, error) {
	if text == "now" || text == "sekarang" {
		return now, nil
	}
	if later, ok := strings.CutPrefix(text, "+"); ok {
		var s span
		if err := s.Set(later); err == nil {
			return now.Add(time.Duration(s)), nil
		}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q: want 2026-03-01 08:00, 2026-03-01T08:00:00+07:00, 2026-03-01, now, or +4h", text)
}
