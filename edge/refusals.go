package edge

import "time"

// refusals is what the center has put into quarantine, wholly or in part, since it
// stored a pack that is newer than all of that. Not for concurrent use.
type refusals struct {
	packs seqSet // a refusal may come twice
	note  refusalNote
}

type refusalNote struct {
	packs  uint64
	reason string    // the last one, as the center said it
	at     time.Time // of the last one
}

// refused notes that the center refused a pack.
func (r *refusals) refused(seq uint64, reason string, now time.Time) {
	if r.packs.after(seq) == seq {
		r.packs.add(seq)
		r.note.packs++
	}
	r.note.reason, r.note.at = reason, now
}

// stored notes that the center stored a pack. One older than the refused, out of a
// backlog, does not tell that new ones are taken again.
func (r *refusals) stored(seq uint64) {
	if n := len(r.packs); n > 0 && seq > r.packs[n-1].To {
		*r = refusals{}
	}
}
