package wire

import (
	"bytes"
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// maxInterned bounds the sensor ids that a Decoder remembers. They repeat from
// node to node; when there are more, it forgets all and starts again.
const maxInterned = 4096

// Decoder decodes packs. Its zero value is ready. It may be used again and
// again, which saves allocations, but not concurrently.
type Decoder struct {
	sensors map[string]reading.SensorID
	record  record
	base    base
	series  series
	name    []byte // of the current series, where it had to be put together
	pack    *Pack
	quality reading.Quality // of records without one
}

// Decode fills p from a pack in CBOR or JSON, which it tells apart itself. It
// uses p's slices again; nothing in p points into payload.
//
// Records that cannot be used are listed in p.Rejects. The error is always a
// *DecodeError and means that no record can be used: p then holds no readings,
// and of its description only what had been read, for reports.
func (d *Decoder) Decode(payload []byte, p *Pack) error {
	*p = Pack{Readings: p.Readings[:0], Rejects: p.Rejects[:0]}
	d.base, d.series, d.pack = base{}, series{}, p
	bad := d.read(payload)
	d.record, d.base, d.series, d.pack = record{}, base{}, series{}, nil
	if bad != nil {
		p.Readings, p.Rejects = p.Readings[:0], p.Rejects[:0]
		return bad
	}
	return nil
}

func (d *Decoder) read(payload []byte) *DecodeError {
	if len(payload) > MaxPackBytes {
		return &DecodeError{BadSize, fmt.Sprintf("is %d bytes long, more than %d", len(payload), MaxPackBytes)}
	}
	read := readCBOR
	if text := bytes.TrimLeft(payload, " \t\r\n"); len(text) > 0 && text[0] == '[' {
		read = readJSON
	}
	if bad := read(payload, &d.record, d.take); bad != nil {
		return bad
	}
	if d.base.version == 0 {
		return &DecodeError{BadSize, "has no records"}
	}
	if d.pack.Node == "" {
		return &DecodeError{BadNode, "no record is named <node>/<sensor>/<quantity>"}
	}
	return nil
}

// take resolves one record and files it under readings or rejects.
func (d *Decoder) take(i int, r *record) *DecodeError {
	if bad := d.base.apply(r, i == 0); bad != nil {
		return bad
	}
	if i == 0 {
		if bad := d.pack.readHeader(r, &d.base); bad != nil {
			return bad
		}
		d.quality = reading.NotEvaluated
		if r.has.has(fieldBQC) {
			d.quality = reading.Quality(r.bqc) // which readHeader has checked
		}
	} else if r.has.any(headerFields) {
		return &DecodeError{BadHeader, "describes the pack, which only record 0 may"}
	}
	if r.has.any(1<<fieldBN|1<<fieldN) || d.series.named {
		d.series.known = false
	}
	if r.has&^(baseFields|headerFields) == 0 {
		return nil // base fields only, for the records that follow
	}
	if !d.series.known {
		if bad := d.lookUp(r); bad != nil {
			return bad
		}
	}
	ms, problem := d.check(r)
	if problem != "" {
		d.pack.Rejects = append(d.pack.Rejects, Reject{Record: i, Name: printable(d.series.name), Reason: problem})
		return nil
	}
	quality := d.quality
	if r.has.has(fieldQC) {
		quality = reading.Quality(r.qc)
	}
	d.pack.Readings = append(d.pack.Readings, reading.Reading{
		Sensor:   d.series.sensor,
		Quantity: d.series.quantity,
		TimeMS:   ms,
		Value:    d.base.valueOf(r),
		Quality:  quality,
	})
	return nil
}

// check returns the record's time, and why it is not a reading, or "".
func (d *Decoder) check(r *record) (ms int64, problem string) {
	switch {
	case r.problem != "":
		return 0, r.problem
	case d.series.problem != "":
		return 0, d.series.problem
	case r.has.any(foreignValues):
		return 0, "carries a text, a truth value or data; a reading is a number"
	case !r.has.has(fieldV) && r.has.has(fieldS):
		return 0, "carries a sum only; a reading is a value"
	case !r.has.has(fieldV):
		return 0, "has no value"
	}
	want := d.series.quantity.Info().Unit
	if unit, ok := d.base.unitOf(r); ok && string(unit) != want {
		return 0, fmt.Sprintf("its unit is %q, %s travels in %q", clip(string(unit)), d.series.quantity, want)
	}
	qc := uint64(d.quality)
	if r.has.has(fieldQC) {
		qc = r.qc
	}
	if problem := valueProblem(d.base.valueOf(r), qc); problem != "" {
		return 0, problem
	}
	ms, ok := milliseconds(d.base.time, r.t)
	if !ok {
		return 0, "its time is out of range"
	}
	return ms, timeProblem(d.pack.Clock, ms)
}
