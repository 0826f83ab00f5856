package registry

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// maxSaid bounds the boots that are remembered of waiting packs. Past it saidMany
	// stands for the rest: then nobody knows whether all of them were one board's.
	maxSaid  = 32
	saidMany = "*"
)

// alsoSaid adds a boot to those in which packs were said to wait.
func alsoSaid(said, boot string) string {
	boots := strings.Fields(said)
	switch {
	case slices.Contains(boots, boot), slices.Contains(boots, saidMany):
		return said
	case len(boots) == maxSaid:
		boot = saidMany
	}
	return strings.Join(append(boots, boot), " ")
}

// notSaid removes boots from those in which packs were said to wait.
func notSaid(said string, boots []string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(said), func(b string) bool { return slices.Contains(boots, b) }), " ")
}

// carried takes over that a node has taken the packs lo to hi of this epoch along
// into another, except those that it had no more by then, and that it had named
// them as waiting in no other than these boots. Packs under these numbers that
// were named in another boot are of another board, which has not taken them along:
// they stay what they are.
func (l *ledger) carried(lo, hi uint64, boots []string, into string, now int64) {
	// What is not known here to have existed nobody else has named.
	known := l.next
	l.extend(hi+1, now)
	l.repaint([]span{{lo: known, hi: lo - 1}}, func(s *span, _ span) bool {
		s.state = acknowledged
		return true
	})
	l.repaint([]span{{lo: lo, hi: hi}}, func(s *span, _ span) bool {
		if s.state == Lost || s.state == moved {
			return true
		}
		if s.said = notSaid(s.said, boots); s.said == "" {
			s.state, s.reason, s.since = moved, "sent again under epoch "+into, now
		}
		return true
	})
}

// takeAlong takes over which packs of epochs before the node took along into the
// one that its state speaks of.
func takeAlong(ctx context.Context, tx *sql.Tx, node reading.NodeID, st *wire.NodeState, now int64) error {
	byEpoch := make(map[epochKey][]wire.Carried)
	for _, c := range st.Carried {
		key := epochKey{node, c.Epoch}
		byEpoch[key] = append(byEpoch[key], c)
	}
	for _, key := range sortedKeys(byEpoch) {
		l, err := load(ctx, tx, key)
		if err != nil {
			return err
		}
		for _, c := range byEpoch[key] {
			l.carried(c.From, c.To, c.Boots, st.Epoch, now)
		}
		if slices.Equal(l.open, l.rows) {
			continue // as it has been told before
		}
		if err := l.save(ctx, tx, now); err != nil {
			return err
		}
	}
	return nil
}
