package calibration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/siaga-id/siaga/internal/reading"
)

const (
	format  = 1
	maxFile = 64 << 20 // bytes; more than any ledger within its bounds
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// fileJSON is the file. CRC is over Content without white space between its
// parts, in hexadecimal.
type fileJSON struct {
	Format  int             `json:"format"`
	CRC     string          `json:"crc32c"`
	Content json.RawMessage `json:"content"`
}

type contentJSON struct {
	Version int        `json:"version"`
	Sensors []pastJSON `json:"sensors"`
}

type pastJSON struct {
	Sensor  reading.SensorID `json:"sensor"`
	Dropped int              `json:"dropped"`
	Entries []Entry          `json:"entries"`
}

// encode returns the file's bytes, which people can read.
func (l *ledger) encode() ([]byte, error) {
	content := contentJSON{Version: l.version, Sensors: []pastJSON{}}
	for _, id := range l.names() {
		p := l.sensors[id]
		content.Sensors = append(content.Sensors, pastJSON{id, p.dropped, p.entries})
	}
	b, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("encode calibration: %w", err)
	}
	b, err = json.MarshalIndent(fileJSON{Format: format, CRC: checksum(b), Content: b}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode calibration: %w", err)
	}
	return append(b, '\n'), nil
}

func checksum(content []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(content, castagnoli))
}

// parse reads what encode writes, and nothing else.
func parse(b []byte) (*ledger, error) {
	if len(b) > maxFile {
		return nil, fmt.Errorf("%d bytes are more than such a file has", len(b))
	}
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, err
	}
	if head.Format != format {
		return nil, fmt.Errorf("format %d is not %d: another version of this program wrote it", head.Format, format)
	}
	var f fileJSON
	if err := decodeExactly(b, &f); err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	if err := json.Compact(&plain, f.Content); err != nil {
		return nil, err
	}
	if sum := checksum(plain.Bytes()); sum != f.CRC {
		return nil, fmt.Errorf("the content's checksum is %s, not %q", sum, f.CRC)
	}
	var content contentJSON
	if err := decodeExactly(f.Content, &content); err != nil {
		return nil, err
	}
	if content.Version < 0 || content.Version > math.MaxInt32 {
		return nil, fmt.Errorf("version %d is none", content.Version)
	}
	l := newLedger()
	l.version = content.Version
	for _, in := range content.Sensors {
		if _, twice := l.sensors[in.Sensor]; twice || len(l.sensors) == maxSensors {
			return nil, fmt.Errorf("sensor %q stands twice, or is one too many", in.Sensor)
		}
		p := &past{dropped: in.Dropped, entries: in.Entries}
		if err := p.check(in.Sensor, l.version); err != nil {
			return nil, fmt.Errorf("sensor %q: %w", in.Sensor, err)
		}
		l.sensors[in.Sensor] = p
	}
	return l, nil
}

// check returns what no ledger says of a sensor whose newest entry is at most
// version.
func (p *past) check(sensor reading.SensorID, version int) error {
	if _, err := reading.ParseSensorID(string(sensor)); err != nil {
		return err
	}
	if n := len(p.entries); n == 0 || n > maxEntries || p.dropped < 0 {
		return fmt.Errorf("%d entries, %d dropped: want 1 to %d", n, p.dropped, maxEntries)
	}
	last := 0
	for _, e := range p.entries {
		v := e.Correction.Version
		if v <= last || v > version || e.Restores < 0 || e.Restores >= v {
			return fmt.Errorf("version %d stands between %d and %d", v, last, version)
		}
		last = v
		if e.Correction.Sensor != sensor {
			return fmt.Errorf("version %d is of sensor %q", v, e.Correction.Sensor)
		}
		if err := e.check(); err != nil {
			return fmt.Errorf("version %d: %w", v, err)
		}
	}
	return nil
}

// check returns what no entry says.
func (e Entry) check() error {
	c := e.Correction
	ends := c.Kind == None
	switch {
	case e.Event == SetEvent && !ends && e.Restores == 0,
		e.Event == UndoEvent && ends == (e.Restores == 0),
		e.Event == ReplaceEvent && ends && e.Restores == 0 && c.Quantity == 0:
	default:
		return fmt.Errorf("a %q of kind %q that restores %d makes no sense", e.Event, c.Kind, e.Restores)
	}
	if !ends {
		return c.Validate()
	}
	if e.Event == UndoEvent && (!c.Quantity.Valid() || c.Quantity.IsCorrected()) {
		return fmt.Errorf("%q is no measured quantity", c.Quantity)
	}
	return errors.Join(c.validateUnused(), validateText("author", c.Author, maxAuthor), validateText("reason", c.Reason, maxReason))
}
