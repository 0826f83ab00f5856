package edge

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// bootSpan is the packs of one boot in the queue: from a sequence number on, until
// the next span. Boots follow each other.
type bootSpan struct {
	boot   string
	from   uint64
	lastMS int64 // boot time at which the last of them was sealed; of a boot that is over
}

// boots lists the boots that still have packs in the queue, and this one, which
// is the last. Of each boot it looks at few packs, however many there are: on a
// small board a queue of weeks takes longer to read than systemd waits for a
// program to be ready.
func boots(packs waitingPacks, now string) ([]bootSpan, error) {
	in := &bootSearch{packs: packs, waiting: packs.Waiting()}
	var all []bootSpan
	for seq, end := uint64(1), packs.Next(); ; {
		first, rec, err := in.next(seq, end)
		if err != nil {
			return nil, fmt.Errorf("read queue: %w", err)
		}
		if first == end {
			break
		}
		last, sealedMS, err := in.last(first, end, rec)
		if err != nil {
			return nil, fmt.Errorf("read queue: %w", err)
		}
		all = append(all, bootSpan{rec.Boot, first, sealedMS})
		seq = last + 1
	}
	if n := len(all); n == 0 || all[n-1].boot != now {
		all = append(all, bootSpan{boot: now, from: packs.Next()})
	}
	return all, nil
}

// waitingPacks is what a search for boots needs of a queue.
type waitingPacks interface {
	Read(seq uint64, buf []byte) ([]byte, error)
	Waiting() []spool.Range
	Next() uint64
}

// bootSearch looks for where boots end. Packs that cannot be decoded are passed
// over, and read once: they are looked at when their turn to be sent comes.
type bootSearch struct {
	packs      waitingPacks
	waiting    []spool.Range
	unreadable seqSet
	buf        []byte
}

// last returns the last pack before end of the boot that rec, which is pack first,
// is of, and when it was sealed. Other boots' packs all come after it.
func (in *bootSearch) last(first, end uint64, rec record) (seq uint64, sealedMS int64, err error) {
	boot, low, high := rec.Boot, first, end
	for high-low > 1 {
		middle := low + (high-low)/2
		found, one, err := in.next(middle, high)
		if err != nil {
			return 0, 0, err
		}
		if found < high && one.Boot == boot {
			low, rec = found, one
		} else {
			high = middle
		}
	}
	return low, rec.SealedMS, nil
}

// next returns the first readable pack from seq on, end where there is none before
// that.
func (in *bootSearch) next(seq, end uint64) (uint64, record, error) {
	for {
		seq = in.unreadable.after(seq)
		i, _ := slices.BinarySearchFunc(in.waiting, seq, func(r spool.Range, seq uint64) int { return cmp.Compare(r.To, seq) })
		if i == len(in.waiting) || max(seq, in.waiting[i].From) >= end {
			return end, record{}, nil
		}
		if from := in.waiting[i].From; from > seq {
			seq = from
			continue // which may be unreadable, as is known
		}
		b, err := in.packs.Read(seq, in.buf)
		var damage *spool.DamageError
		if err != nil && !errors.As(err, &damage) {
			return 0, record{}, err
		}
		in.buf = b
		if rec, err := decodeRecord(b); err == nil && damage == nil {
			return seq, rec, nil
		}
		in.unreadable.add(seq)
	}
}

// names of the boots.
func names(boots []bootSpan) map[string]bool {
	all := map[string]bool{}
	for _, b := range boots {
		all[b.boot] = true
	}
	return all
}

// timeBoots gives every boot without a time one, where it can be known by now:
// this boot by the clock, an earlier one that ended before anybody told it the
// time by the boots around it.
func (s *sender) timeBoots() {
	for i, b := range s.boots {
		if s.time.known(b.boot) {
			continue
		}
		var err error
		if b.boot == s.clock.BootID() {
			err = s.time.timeBoot()
		} else {
			err = s.boundBoot(i)
		}
		if err != nil {
			s.log.Error("time of a boot not kept: its packs wait", "boot", b.boot, "err", err)
		}
	}
}

// boundBoot gives the boot the bounds of when it can have been: after the last
// pack of the timed boot before it, or after this program was made, and before
// the next timed boot began.
func (s *sender) boundBoot(i int) error {
	end, ok := int64(0), false
	for _, b := range s.boots[i+1:] {
		if end, ok = s.time.began(b.boot, b.from); ok {
			break
		}
	}
	if !ok {
		return nil // nobody has told the time since
	}
	begin := buildTime.UnixMilli()
	for _, b := range s.boots[:i] {
		if zero, ok := s.time.ended(b.boot); ok {
			begin = max(begin, zero+b.lastMS)
		}
	}
	latest := end - s.boots[i].lastMS // of this boot's time zero
	return s.time.bound(s.boots[i].boot, Offset{
		UnixMS: latest, State: wire.Untimed, ErrS: float64(max(latest-begin, 0)) / 1000,
	})
}

// afterUntimed is the first pack from seq on whose boot has a time, or the next
// pack of all where there is none.
func (s *sender) afterUntimed(seq uint64) uint64 {
	for i, b := range s.boots {
		end := s.queue.Next()
		if i+1 < len(s.boots) {
			end = s.boots[i+1].from
		}
		if b.from <= seq && seq < end && !s.time.known(b.boot) {
			seq = end
		}
	}
	return seq
}
