package ingest

import (
	"math"
	"strconv"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// maxRuns is how many series of one sensor are merged into common lines; beyond
// it a new block begins, which costs bytes and nothing else.
const maxRuns = 32

// run is a stretch of readings of one quantity within a block.
type run struct{ next, end int }

// appendLines appends the pack's readings to dst as line protocol, and returns
// also how many lines that made:
//
//	air,district=35.05.12,node=sutojayan-01,sensor=pm-1,site=35.05.12.1001 pm1=8,pm1_qc=2i,pm2_5=12.3,pm2_5_qc=2i 1767225600000
//
// The readings of one sensor and domain with the same time share a line, whether
// the pack goes series by series or moment by moment. Of two values for the same
// field and time the later in the pack is the later line, and so the one that
// stays. It allocates only to grow dst.
func appendLines(dst []byte, p *wire.Pack) (out []byte, lines int) {
	district := p.Site.District()
	for i := 0; i < len(p.Readings); {
		var n int
		end := blockEnd(p.Readings, i)
		dst, n = appendBlock(dst, p, district, i, end)
		lines += n
		i = end
	}
	return dst, lines
}

// blockEnd returns the end of the stretch from i on of one sensor and domain,
// which has at most maxRuns runs.
func blockEnd(rs []reading.Reading, i int) int {
	first, runs := &rs[i], 1
	domain := first.Quantity.Info().Domain
	for i++; i < len(rs); i++ {
		if rs[i].Quantity == rs[i-1].Quantity && rs[i].Sensor == first.Sensor {
			continue
		}
		if rs[i].Sensor != first.Sensor || rs[i].Quantity.Info().Domain != domain {
			break
		}
		if runs++; runs > maxRuns {
			break
		}
	}
	return i
}

// appendBlock merges the runs of a block by time.
func appendBlock(dst []byte, p *wire.Pack, district string, from, end int) (out []byte, lines int) {
	rs := p.Readings
	var runs [maxRuns]run
	n := 0
	for i := from; i < end; i++ {
		if i == from || rs[i].Quantity != rs[i-1].Quantity {
			runs[n] = run{next: i}
			n++
		}
		runs[n-1].end = i + 1
	}
	prefix := len(dst)
	dst = appendSeries(dst, p, district, &rs[from])
	prefixEnd := len(dst)
	for left := end - from; left > 0; lines++ {
		if lines > 0 {
			dst = append(dst, dst[prefix:prefixEnd]...)
		}
		at := int64(math.MaxInt64)
		for r := range runs[:n] {
			if runs[r].next < runs[r].end {
				at = min(at, rs[runs[r].next].TimeMS)
			}
		}
		var seen [4]uint64 // quantities in this line, one bit each
		sep := byte(' ')
		for r := range runs[:n] {
			if runs[r].next == runs[r].end {
				continue
			}
			v := &rs[runs[r].next]
			word, bit := v.Quantity>>6, uint64(1)<<(v.Quantity&63)
			if v.TimeMS != at || seen[word]&bit != 0 {
				continue
			}
			seen[word] |= bit
			dst = appendField(append(dst, sep), v)
			sep = ','
			runs[r].next++
			left--
		}
		dst = strconv.AppendInt(append(dst, ' '), at, 10)
		dst = append(dst, '\n')
	}
	return dst, lines
}

// appendSeries appends measurement and tags, which InfluxDB likes sorted by key.
func appendSeries(dst []byte, p *wire.Pack, district string, r *reading.Reading) []byte {
	dst = append(dst, r.Quantity.Info().Domain...)
	dst = appendTag(dst, ",district=", district)
	dst = appendTag(dst, ",node=", string(p.Node))
	dst = appendTag(dst, ",sensor=", string(r.Sensor))
	return appendTag(dst, ",site=", string(p.Site))
}

// appendTag appends a tag with its value escaped.
func appendTag(dst []byte, key, value string) []byte {
	dst = append(dst, key...)
	for i := 0; i < len(value); i++ {
		if c := value[i]; c == ',' || c == '=' || c == ' ' {
			dst = append(dst, '\\')
		}
		dst = append(dst, value[i])
	}
	return dst
}

// appendField appends the value and its quality flag.
func appendField(dst []byte, r *reading.Reading) []byte {
	name := r.Quantity.Info().Name
	dst = append(append(dst, name...), '=')
	dst = strconv.AppendFloat(dst, r.Value, 'g', -1, 64)
	dst = append(append(dst, ','), name...)
	dst = append(dst, "_qc="...)
	dst = strconv.AppendUint(dst, uint64(r.Quality), 10)
	return append(dst, 'i')
}

// valueMark is in a line once for every reading, and nowhere else: names of
// nodes and sensors have no underscore.
const valueMark = "_qc="
