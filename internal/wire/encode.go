package wire

import (
	"errors"
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// AppendCBOR appends the pack as SenML CBOR and returns the longer slice. The
// same pack always gives the same bytes, in every version of this package:
// acknowledgements hang on them. Readings are put in the order of series, so
// Decode returns them in that order.
//
// A pack that Decode would refuse, wholly or in part, is an error, and dst is
// returned as it was; so is a pack without readings.
func (p *Pack) AppendCBOR(dst []byte) ([]byte, error) {
	out, err := p.append(dst, cborWriter{})
	if err != nil {
		return dst, err
	}
	return out, nil
}

// AppendJSON appends the pack as SenML JSON, for people and for tools that know
// no CBOR. All else is as with AppendCBOR.
func (p *Pack) AppendJSON(dst []byte) ([]byte, error) {
	out, err := p.append(dst, jsonWriter{})
	if err != nil {
		return dst, err
	}
	return out, nil
}

// writer is one of the two formats.
type writer interface {
	begin(dst []byte, records int) []byte
	record(dst []byte, r *record, bt float64) []byte
	end(dst []byte) []byte
}

func (p *Pack) append(dst []byte, w writer) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("encode pack: %w", err)
	}
	e := encoder{pack: p, plan: planOf(p), bt: seconds(p.Readings[0].TimeMS), quality: baseQuality(p.Readings)}
	start := len(dst)
	dst = w.begin(dst, len(p.Readings))
	for i := range e.plan {
		dst = w.record(dst, e.next(i), e.bt)
	}
	dst = w.end(dst)
	if n := len(dst) - start; n > MaxPackBytes {
		return nil, fmt.Errorf("encode pack: it is %d bytes long, more than %d", n, MaxPackBytes)
	}
	return dst, nil
}

// check finds everything for which Decode would refuse the pack or a record.
func (p *Pack) check() error {
	if !reading.ValidID(p.Node) {
		return fmt.Errorf("%q is not a node id", clip(string(p.Node)))
	}
	if problem := p.headerProblem(); problem != "" {
		return errors.New(problem)
	}
	if n := len(p.Readings); n == 0 || n > MaxPackRecords {
		return fmt.Errorf("%d readings, want 1 to %d", n, MaxPackRecords)
	}
	for i := range p.Readings {
		r := &p.Readings[i]
		problem := timeProblem(p.Clock, r.TimeMS)
		if problem == "" {
			problem = valueProblem(r.Value, uint64(r.Quality))
		}
		switch {
		case !reading.ValidID(r.Sensor):
			problem = fmt.Sprintf("%q is not a sensor id", clip(string(r.Sensor)))
		case !r.Quantity.Valid():
			problem = "it has no quantity"
		}
		if problem != "" {
			return fmt.Errorf("reading %d of %s/%s: %s", i, clip(string(r.Sensor)), r.Quantity, problem)
		}
	}
	return nil
}

// encoder turns planned readings into records.
type encoder struct {
	pack *Pack
	plan []planned
	bt   float64
	// quality is what a record without one has.
	quality reading.Quality
	r       record
	unit    string // the base unit in force
	name    []byte // the base name written last
}

// next returns the i-th record, good until the next call.
func (e *encoder) next(i int) *record {
	p, in := e.plan[i], e.pack.Readings[e.plan[i].index]
	r := &e.r
	*r = record{has: 1 << fieldV, v: in.Value}
	if i == 0 {
		e.header(r)
	}
	if i == 0 || !p.sameName(e.plan[i-1]) {
		r.has |= 1 << fieldBN
		e.name = append(append(append(append(e.name[:0], e.pack.Node...), '/'), in.Sensor...), '/')
		if !p.named {
			e.name = append(e.name, in.Quantity.String()...)
		}
		r.bn = e.name
	}
	if p.named {
		r.has |= 1 << fieldN
		r.n = []byte(in.Quantity.String())
	}
	if unit := in.Quantity.Info().Unit; unit != e.unit {
		e.unit = unit
		r.has |= 1 << fieldBU
		r.bu = []byte(unit)
	}
	if in.TimeMS != e.pack.Readings[0].TimeMS {
		r.has |= 1 << fieldT
		r.t = seconds(in.TimeMS - e.pack.Readings[0].TimeMS)
	}
	if in.Quality != e.quality {
		r.has |= 1 << fieldQC
		r.qc = uint64(in.Quality)
	}
	return r
}

// header puts the pack's description into its first record.
func (e *encoder) header(r *record) {
	p := e.pack
	r.has |= 1<<fieldEpoch | 1<<fieldBoot | 1<<fieldClk | 1<<fieldSite
	r.epoch, r.boot = []byte(p.Epoch), []byte(p.Boot)
	r.clk, r.site = []byte(p.Clock), []byte(p.Site)
	if p.Seq != 0 {
		r.has |= 1 << fieldSeq
		r.seq = p.Seq
	}
	if p.ClockErrS != 0 {
		r.has |= 1 << fieldClkErr
		r.clkErr = p.ClockErrS
	}
	if p.Sim {
		r.has |= 1 << fieldSim
		r.sim = true
	}
	if p.SealedMS != 0 {
		r.has |= 1 << fieldSeal
		r.seal = seconds(p.SealedMS - p.Readings[0].TimeMS)
	}
	if e.quality != reading.NotEvaluated {
		r.has |= 1 << fieldBQC
		r.bqc = uint64(e.quality)
	}
	if e.bt != 0 {
		r.has |= 1 << fieldBT
		r.bt = e.bt
	}
	for i := range p.Readings {
		if p.Readings[i].Quantity.Info().Secondary {
			r.has |= 1 << fieldBVer
			r.bver = versionSecondary
			return
		}
	}
}

// baseQuality is the flag that most readings have, as far as it pays to say it
// once: 5 bytes for the pack against 4 for every reading that differs from
// NotEvaluated, which no pack needs to say.
func baseQuality(rs []reading.Reading) reading.Quality {
	good, none := 0, 0
	for i := range rs {
		switch rs[i].Quality {
		case reading.Good:
			good++
		case reading.NotEvaluated:
			none++
		}
	}
	if good > none+1 {
		return reading.Good
	}
	return reading.NotEvaluated
}

// seconds returns whole milliseconds as SenML's seconds.
func seconds(ms int64) float64 { return float64(ms) / 1000 }
