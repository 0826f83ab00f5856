package edge

import (
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// carried is a run of packs that waited when the node began another epoch: it
// sends them under that, by the same numbers, and nobody will ever send them
// under the old one. It stands in the identity, so that the epoch and what was
// taken along into it are one write.
//
// Like a loss it is named in every node state until the center has been told, and
// for carriedFor beyond that, since who keeps the center's ledger may have been
// away.
type carried struct {
	Epoch string   `json:"epoch"`
	From  uint64   `json:"from"`
	To    uint64   `json:"to"`
	Boots []string `json:"boots"`
	Told  bool     `json:"told,omitempty"`
	// toldAt is when, in this process; after a restart the time begins again.
	toldAt time.Time
}

const carriedFor = 7 * 24 * time.Hour

// carry returns what a node that ends id's epoch now takes along: what waits, one
// run for each boot in which it was measured, and what the center was not told
// yet of epochs before. Past the bound of a node state the oldest is left out.
func (id identity) carry(waiting []spool.Range, boots []bootSpan) []carried {
	all := slices.Clone(id.Carried)
	for i, b := range boots {
		end := uint64(1<<64 - 1)
		if i+1 < len(boots) {
			end = boots[i+1].from - 1
		}
		run := carried{Epoch: id.Epoch, Boots: id.bootsFrom(b.boot)}
		for _, r := range waiting {
			if from, to := max(r.From, b.from), min(r.To, end); from <= to {
				if run.From == 0 {
					run.From = from
				}
				run.To = to
			}
		}
		if run.From > 0 {
			all = append(all, run)
		}
	}
	return all[max(0, len(all)-wire.MaxCarried):]
}

// bootsFrom lists the boots in which a pack of that boot can have been named in a
// node state; past the bound of a node state the newest.
func (id identity) bootsFrom(boot string) []string {
	all := id.Boots
	if i := slices.Index(all, boot); i >= 0 {
		all = all[i:]
	} else {
		all = slices.Concat([]string{boot}, all)
	}
	return all[max(0, len(all)-wire.MaxCarriedBoots):]
}

// ranIn is what Boots is to be, given the boots of the queue, of which the last is
// the present one. A card that an older program has used knows no others.
func (id identity) ranIn(node string, boots []bootSpan) []string {
	all := slices.Clone(id.Boots)
	if id.Node != node || len(all) == 0 {
		all = nil
		for _, b := range boots {
			all = append(all, b.boot)
		}
	}
	if now := boots[len(boots)-1].boot; !slices.Contains(all, now) {
		all = append(all, now)
	}
	if oldest := slices.Index(all, boots[0].boot); oldest > 0 {
		all = all[oldest:]
	}
	return all[max(0, len(all)-wire.MaxCarriedBoots):]
}

// unlessLost cuts what the center was not told off behind the last pack that
// waits: where packs were only in memory, or the queue is new, what comes behind
// it may be lost, and must not be said to be sent.
func unlessLost(all []carried, waiting []spool.Range) []carried {
	last := uint64(0)
	if n := len(waiting); n > 0 {
		last = waiting[n-1].To
	}
	var kept []carried
	for _, c := range all {
		if !c.Told {
			c.To = min(c.To, last)
		}
		if c.From <= c.To {
			kept = append(kept, c)
		}
	}
	return kept
}

// carryAtStart is carry where the node begins another epoch because it is started.
func (id identity) carryAtStart(node string, disk *spool.Spool, boots []bootSpan) []carried {
	if id.Epoch == "" || id.Node != node {
		return nil
	}
	waiting := disk.Waiting()
	if id.Held || disk.Next() == 1 {
		id.Carried = unlessLost(id.Carried, waiting)
	}
	return id.carry(waiting, boots)
}

// carriedList is for a node state.
func (id identity) carriedList() (list []wire.Carried) {
	for _, c := range id.Carried {
		list = append(list, wire.Carried{Epoch: c.Epoch, From: c.From, To: c.To, Boots: c.Boots})
	}
	return list
}

// carriedTold notes that the center has a state that names all that was taken
// along, and forgets what it was told long ago.
func (s *sender) carriedTold(now time.Time) {
	if len(s.id.Carried) == 0 {
		return
	}
	all := slices.Clone(s.id.Carried)
	fresh := false
	for i := range all {
		if c := &all[i]; !c.Told {
			c.Told, c.toldAt, fresh = true, now, true
		} else if c.toldAt.IsZero() {
			c.toldAt = now // by an earlier process
		}
	}
	kept := slices.DeleteFunc(all, func(c carried) bool { return now.Sub(c.toldAt) >= carriedFor })
	forgot := len(kept) < len(s.id.Carried)
	s.id.Carried = kept
	if !fresh && !forgot {
		return
	}
	if err := s.id.store(s.dir); err != nil {
		s.log.Error("what was reported may be reported again", "err", err)
	}
}
