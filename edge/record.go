package edge

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// record is a pack as it lies in the queue: everything that decides its bytes
// but the sequence number, the epoch and what boot time means. Site and mark of
// simulation are those of the moment of sealing, whatever the configuration
// says when it is sent.
type record struct {
	_        struct{} `cbor:",toarray"`
	Version  uint
	Boot     string
	SealedMS int64 // boot time
	Site     reading.SiteCode
	Sim      bool
	Series   []series
}

// series is what one sensor said of one quantity, oldest first.
type series struct {
	_        struct{} `cbor:",toarray"`
	Sensor   reading.SensorID
	Quantity string
	TimesMS  []int64 // boot time: the first whole, the others since the one before
	Values   []float64
	Quality  []uint8
}

// recordVersion is raised when the layout changes; older versions stay readable,
// since an update must not cost the queue.
const recordVersion = 1

var recordEncoding = func() cbor.EncMode {
	m, err := cbor.EncOptions{ShortestFloat: cbor.ShortestFloat16}.EncMode()
	if err != nil {
		panic("BUG: record encoding: " + err.Error())
	}
	return m
}()

// newRecord groups readings, whose times are boot times, by series. Order
// within a series is kept.
func newRecord(boot string, sealedMS int64, site reading.SiteCode, sim bool, rs []reading.Reading) record {
	type key struct {
		sensor   reading.SensorID
		quantity reading.Quantity
	}
	rec := record{Version: recordVersion, Boot: boot, SealedMS: sealedMS, Site: site, Sim: sim}
	index := map[key]int{}
	last := map[key]int64{}
	for _, r := range rs {
		k := key{r.Sensor, r.Quantity}
		i, ok := index[k]
		if !ok {
			i = len(rec.Series)
			index[k] = i
			rec.Series = append(rec.Series, series{Sensor: r.Sensor, Quantity: r.Quantity.String()})
		}
		s := &rec.Series[i]
		s.TimesMS = append(s.TimesMS, r.TimeMS-last[k])
		s.Values = append(s.Values, r.Value)
		s.Quality = append(s.Quality, uint8(r.Quality))
		last[k] = r.TimeMS
	}
	return rec
}

func (rec record) encode() ([]byte, error) {
	b, err := recordEncoding.Marshal(rec)
	if err != nil {
		return nil, fmt.Errorf("encode queued pack: %w", err)
	}
	return b, nil
}

// decodeRecord reads a queued pack. An error that is errNewer says nothing against
// it: only this program is too old.
func decodeRecord(b []byte) (record, error) {
	var rec record
	err := cbor.Unmarshal(b, &rec)
	if err == nil && rec.Version == recordVersion {
		return rec, rec.uneven()
	}
	if version, ok := recordVersionOf(b); ok && version != recordVersion {
		if version > recordVersion {
			return rec, fmt.Errorf("decode queued pack: %w: version %d is not known", errNewer, version)
		}
		err = fmt.Errorf("version %d has never been", version)
	}
	return rec, fmt.Errorf("decode queued pack: %w", err)
}

func (rec record) uneven() error {
	for _, s := range rec.Series {
		if len(s.TimesMS) != len(s.Values) || len(s.Quality) != len(s.Values) {
			return fmt.Errorf("decode queued pack: series %s/%s is uneven", s.Sensor, s.Quantity)
		}
	}
	return nil
}

// recordVersionOf reads the version, which is the first element in every layout
// there will be.
func recordVersionOf(b []byte) (version uint64, ok bool) {
	var elements []cbor.RawMessage
	if cbor.Unmarshal(b, &elements) != nil || len(elements) == 0 {
		return 0, false
	}
	return version, cbor.Unmarshal(elements[0], &version) == nil
}

// pack returns the record as it is sent: its boot times moved by offsetMS. The
// same arguments always give the same pack. A record with a quantity of a newer
// program, after a downgrade, is errNewer: sent without it, the center would
// acknowledge what it never got.
func (rec record) pack(node reading.NodeID, epoch string, seq uint64, offsetMS int64, clock wire.Clock, errS float64) (wire.Pack, error) {
	p := wire.Pack{
		Node: node, Seq: seq, Epoch: epoch, Boot: rec.Boot, Site: rec.Site, Sim: rec.Sim,
		Clock: clock, ClockErrS: errS, SealedMS: rec.SealedMS + offsetMS,
	}
	for _, s := range rec.Series {
		q, ok := reading.Lookup(s.Quantity)
		if !ok {
			return wire.Pack{}, fmt.Errorf("%w: quantity %q of sensor %s is not known", errNewer, s.Quantity, s.Sensor)
		}
		t := offsetMS
		for i, dt := range s.TimesMS {
			t += dt
			p.Readings = append(p.Readings, reading.Reading{
				Sensor: s.Sensor, Quantity: q, TimeMS: t, Value: s.Values[i], Quality: reading.Quality(s.Quality[i]),
			})
		}
	}
	return p, nil
}
