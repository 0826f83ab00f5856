package registry

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A report that begins epochs forgets the longest unheard, and none that it speaks
// of itself.
func TestReportOfManyEpochs(t *testing.T) {
	r, c := fresh(t)
	for e := range maxEpochs {
		must(t, r.Stored(t.Context(), []StoredRange{stored("aa", fmt.Sprintf("e%02d", e), 3, 4)}))
		c.add(time.Minute)
	}
	must(t, r.Stored(t.Context(), []StoredRange{stored("aa", "a0", 2, 2), stored("aa", "e00", 5, 6), stored("aa", "z0", 2, 2), stored("bb", "e00", 1, 1)}))
	var want []string
	for e := range maxEpochs {
		if e != 1 && e != 2 {
			want = append(want, fmt.Sprintf("e%02d", e))
		}
	}
	want = append(append([]string{"a0"}, want...), "z0")
	for _, query := range []string{
		`SELECT epoch FROM epochs WHERE node = 'aa' ORDER BY epoch`,
		`SELECT epoch FROM open_ranges WHERE node = 'aa' ORDER BY epoch`, // each has one gap
	} {
		rows, err := r.read.QueryContext(t.Context(), query)
		must(t, err)
		got, err := column[string](rows)
		must(t, err)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	var next, hi uint64
	must(t, r.read.QueryRowContext(t.Context(), `SELECT e.next, o.hi FROM epochs e JOIN open_ranges o USING (node, epoch)
		WHERE node = 'aa' AND epoch = 'e00'`).Scan(&next, &hi))
	if next != 7 || hi != 2 {
		t.Errorf("e00 goes on at %d behind a gap to %d, want 7 and 2", next, hi)
	}
}
