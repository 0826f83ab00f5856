//go:build integration

package chaos

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// result is one run.
type result struct {
	seed        uint64
	setup       string
	v           *verdict // nil where it did not come to one
	worst       time.Duration
	kills, cuts int
	took        time.Duration
	failed      bool
}

// count counts the faults of a schedule.
func (r *result) count(schedule []fault) {
	for _, f := range schedule {
		switch f.kind {
		case kill, amnesia, term:
			r.kills++
		case network:
			r.cuts++
		}
	}
}

// table lists runs. Refused readings are those that stood ahead of the center's
// clock, and twins those that two boards of one name measured in one millisecond.
func table(all []result) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "seed\tsetup\tqueued\tstored\trefused\ttwins\tlost\tduplicated\taltered\tworst delay\tkills\tcuts\ttook\t\t")
	for _, r := range all {
		verdict := "sound"
		if r.failed {
			verdict = "FAILED"
		}
		fmt.Fprintf(w, "%d\t%s\t", r.seed, r.setup)
		if v := r.v; v != nil {
			fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t", v.queued, v.stored, v.refused, v.twins, v.lost, v.duplicated, v.altered, r.worst.Round(100*time.Millisecond))
		} else {
			fmt.Fprint(w, "-\t-\t-\t-\t-\t-\t-\t-\t")
		}
		fmt.Fprintf(w, "%d\t%d\t%v\t%s\t\n", r.kills, r.cuts, r.took.Round(time.Second), verdict)
	}
	w.Flush() //nolint:errcheck // a strings.Builder takes everything
	return b.String()
}
