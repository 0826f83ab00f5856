package edge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// losses is what this node will never send, as losses.json of the data directory
// has it: replaced as a whole and fsynced before the queue forgets a loss, so that
// no crash before a report hides it.
//
// A loss is named in every node state from then on. The center counts as told
// once the broker has confirmed such a state while an ingester was heard, and
// the loss is named for another repeatFor, since a broker or a registry may lose
// what it has confirmed; then it is forgotten. Under a new epoch the center is
// told only what it was not told before: the numbers of the rest belong to the
// epoch before. Not for concurrent use.
type losses struct {
	path  string
	all   []loss
	dirty bool // the file lacks something of it
}

type loss struct {
	From   uint64 `json:"from"`
	To     uint64 `json:"to"`
	Reason string `json:"reason"`
	// Told is the epoch under which the center was told; "" is not yet.
	Told string `json:"told,omitempty"`
	// toldAt is when, in this process; after a restart the time begins again.
	toldAt time.Time
}

const (
	lossesFile = "losses.json"
	repeatFor  = 24 * time.Hour
)

// openLosses reads dir's losses. A damaged file is an error that the caller may
// pass over: the losses in it were named in node states before.
func openLosses(dir, epoch string) (*losses, error) {
	l := &losses{path: filepath.Join(dir, lossesFile)}
	b, err := os.ReadFile(l.path)
	if err == nil {
		err = json.Unmarshal(b, &l.all)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		l.all = nil
		err = fmt.Errorf("read losses: %w", err)
	}
	l.all = slices.DeleteFunc(l.all, func(x loss) bool { return x.From == 0 || x.From > x.To || x.Told != "" && x.Told != epoch })
	now := time.Now()
	for i := range l.all {
		if l.all[i].Told != "" {
			l.all[i].toldAt = now
		}
	}
	return l, err
}

// fresh returns the parts of sorted ranges that are not among the losses.
func (l *losses) fresh(ranges []wire.GivenUp) (fresh []wire.GivenUp) {
	for _, r := range ranges {
		for _, x := range l.all { // in order
			if x.To < r.From || x.From > r.To {
				continue
			}
			if x.From > r.From {
				fresh = append(fresh, wire.GivenUp{From: r.From, To: x.From - 1, Reason: r.Reason})
			}
			r.From = x.To + 1
		}
		if r.From <= r.To {
			fresh = append(fresh, r)
		}
	}
	return fresh
}

// add takes losses that are not among these yet. After an error it holds them all
// the same, and the next add tries the file again.
func (l *losses) add(ranges ...wire.GivenUp) error {
	for _, r := range ranges {
		l.all = append(l.all, loss{From: r.From, To: r.To, Reason: r.Reason})
	}
	l.tidy()
	l.dirty = l.dirty || len(ranges) > 0
	return l.store()
}

// tidy sorts, and joins neighbours of which the same is to be said.
func (l *losses) tidy() {
	slices.SortFunc(l.all, func(a, b loss) int {
		if a.From < b.From {
			return -1
		}
		return 1
	})
	joined := l.all[:0]
	for _, x := range l.all {
		n := len(joined)
		if n > 0 && joined[n-1].To+1 == x.From && joined[n-1].Reason == x.Reason && joined[n-1].Told == x.Told {
			if joined[n-1].To = x.To; x.toldAt.After(joined[n-1].toldAt) {
				joined[n-1].toldAt = x.toldAt
			}
			continue
		}
		joined = append(joined, x)
	}
	l.all = joined
}

// list returns the losses below next for a node state.
func (l *losses) list(next uint64) []wire.GivenUp {
	var list []wire.GivenUp
	for _, x := range l.all {
		if x.From < next {
			list = append(list, wire.GivenUp{From: x.From, To: min(x.To, next-1), Reason: x.Reason})
		}
	}
	return joinGivenUp(list)
}

// told notes that the center has a state with all losses below next, and forgets
// what it was told long ago.
func (l *losses) told(epoch string, next uint64, now time.Time) error {
	for i := range l.all {
		if x := &l.all[i]; x.Told == "" && x.To < next {
			x.Told, x.toldAt, l.dirty = epoch, now, true
		}
	}
	before := len(l.all)
	l.all = slices.DeleteFunc(l.all, func(x loss) bool { return x.Told != "" && now.Sub(x.toldAt) >= repeatFor })
	l.dirty = l.dirty || len(l.all) != before
	l.tidy()
	return l.store()
}

// renew keeps for a new epoch what the center was not told under the old one.
func (l *losses) renew() error {
	before := len(l.all)
	l.all = slices.DeleteFunc(l.all, func(x loss) bool { return x.Told != "" })
	l.dirty = l.dirty || len(l.all) != before
	return l.store()
}

func (l *losses) store() error {
	if !l.dirty {
		return nil
	}
	b, err := json.Marshal(l.all)
	if err != nil {
		return fmt.Errorf("encode losses: %w", err)
	}
	if err := writeDurably(l.path, b); err != nil {
		return fmt.Errorf("write losses: %w", err)
	}
	l.dirty = false
	return nil
}
