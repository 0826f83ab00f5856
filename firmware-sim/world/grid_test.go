package world

import (
	"testing"
	"time"
)

func TestGridFallsOnEveryRow(t *testing.T) {
	for _, tc := range []struct {
		text string
		want time.Duration
	}{
		{"time,level_m\n2023-06-06T00:00:00Z,1\n2023-06-06T00:10:00Z,1\n2023-06-06T01:00:00Z,1\n", 10 * time.Minute},
		{"time,level_m\n2023-06-06T00:00:00Z,1\n2023-06-06T00:10:00Z,1\n2023-06-06T00:14:00Z,1\n", 2 * time.Minute},
		{"time,level_m\n2023-06-06T00:00:00Z,1\n2023-06-06T00:00:00.25Z,1\n2023-06-06T00:14:00Z,1\n", 250 * time.Millisecond},
	} {
		if got := readTrace(t, tc.text).Grid(); got != tc.want {
			t.Errorf("Grid() = %v, want %v, of\n%s", got, tc.want, tc.text)
		}
	}
}
