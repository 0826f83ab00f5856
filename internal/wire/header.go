package wire

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

const (
	maxEpoch = 32
	maxBoot  = 36 // a Linux boot id is a UUID
	// maxClockErrS, some 30 years, is beyond any clock that says anything.
	maxClockErrS = 1e9
)

// readHeader takes the pack's description from its first record. Base time has
// been applied to b.
func (p *Pack) readHeader(r *record, b *base) *DecodeError {
	for _, f := range [...]field{fieldSeq, fieldEpoch, fieldBoot, fieldClk, fieldSite} {
		if !r.has.has(f) && !(f == fieldSeq && string(r.clk) == string(Unknown)) {
			return &DecodeError{BadHeader, labels[f] + " is missing"}
		}
	}
	p.Seq, p.Epoch, p.Boot = r.seq, string(r.epoch), string(r.boot)
	p.Clock, p.ClockErrS = clockOf(r.clk), r.clkErr
	p.Site, p.Sim = reading.SiteCode(r.site), r.sim
	if r.has.has(fieldBQC) {
		if problem := valueProblem(0, r.bqc); problem != "" {
			return &DecodeError{BadHeader, "b" + problem}
		}
	}
	if r.has.has(fieldSeal) {
		ms, ok := milliseconds(b.time, r.seal)
		if !ok {
			return &DecodeError{BadHeader, "seal is out of range"}
		}
		p.SealedMS = ms
	}
	if problem := p.headerProblem(); problem != "" {
		return &DecodeError{BadHeader, problem}
	}
	return nil
}

// headerProblem says what is wrong with the pack's description, or "". Node is
// not part of it: in a pack it stands in the records' names.
func (p *Pack) headerProblem() string {
	if !p.Clock.Valid() {
		return fmt.Sprintf("clk %q is not a clock state", clip(string(p.Clock)))
	}
	if p.Seq == 0 && p.Clock != Unknown {
		return "seq is 0, it counts from 1"
	}
	if !validToken(p.Epoch, maxEpoch, false) {
		return fmt.Sprintf("epoch %q: want 1 to %d of a-z and 0-9", clip(p.Epoch), maxEpoch)
	}
	if !validToken(p.Boot, maxBoot, true) {
		return fmt.Sprintf("boot %q: want 1 to %d of a-z, 0-9 and -", clip(p.Boot), maxBoot)
	}
	if !(p.ClockErrS >= 0 && p.ClockErrS <= maxClockErrS) {
		return fmt.Sprintf("clk_err %g: want seconds from 0 to %g", p.ClockErrS, float64(maxClockErrS))
	}
	if _, err := reading.ParseSiteCode(string(p.Site)); err != nil {
		return err.Error()
	}
	if p.SealedMS != 0 {
		if problem := timeProblem(p.Clock, p.SealedMS); problem != "" {
			return "seal: " + problem
		}
	}
	return ""
}

// clockOf returns the clock state as a constant where it is one, which saves
// an allocation.
func clockOf(b []byte) Clock {
	switch c := Clock(b); c {
	case Synced:
		return Synced
	case Estimated:
		return Estimated
	case Unknown:
		return Unknown
	case Untimed:
		return Untimed
	default:
		return c
	}
}
