package edge

import (
	"fmt"

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
// is the last.
func boots(disk *spool.Spool, now string) ([]bootSpan, error) {
	var all []bootSpan
	note := func(boot string, seq uint64, sealedMS int64) {
		if n := len(all); n > 0 && all[n-1].boot == boot {
			all[n-1].lastMS = max(all[n-1].lastMS, sealedMS)
			return
		}
		all = append(all, bootSpan{boot, seq, sealedMS})
	}
	err := disk.Scan(1, func(seq uint64, b []byte) error {
		// A pack that cannot be decoded is looked at when its turn to be sent comes.
		if rec, err := decodeRecord(b); err == nil {
			note(rec.Boot, seq, rec.SealedMS)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read queue: %w", err)
	}
	note(now, disk.Next(), 0)
	return all, nil
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
