package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// inventoryFile is the inventory as a JSON file.
type inventoryFile struct {
	Sites []registry.Site  `json:"sites" nullable:"false"`
	Nodes []registry.Asset `json:"nodes" nullable:"false"`
}

// siteEntry and nodeEntry leave alone what they do not tell of.
type siteEntry struct {
	Site       string   `json:"site"`
	Name       *string  `json:"name"`
	District   *string  `json:"district"`
	Lat        *float64 `json:"lat"`
	Lon        *float64 `json:"lon"`
	River      *string  `json:"river"`
	RiverOrder *int     `json:"river_order"`
	Datum      *string  `json:"datum"`
	Photo      *string  `json:"photo"`
	Note       *string  `json:"note"`
}

type nodeEntry struct {
	Node      string              `json:"node"`
	Site      *string             `json:"site"`
	Model     *string             `json:"model"`
	Serial    *string             `json:"serial"`
	Note      *string             `json:"note"`
	Retired   *time.Time          `json:"retired"`
	Mountings []registry.Mounting `json:"mountings"`
	Levels    []registry.LevelSet `json:"levels"`
}

// parseJSON reads a file as exports write it. Sensors' mountings and gauges'
// levels that it names are taken as they stand; others stay.
func parseJSON(content string) ([]registry.Edit, []registry.Mistake) {
	p := &jsonFile{text: content, dec: json.NewDecoder(strings.NewReader(content))}
	p.dec.DisallowUnknownFields()
	if err := p.file(); err != nil {
		line := p.line()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line = max(line, p.lineAt(syntax.Offset))
		}
		return nil, append(p.wrong, registry.Mistake{
			Line: line, Object: "json", Field: "json", Value: err.Error(),
			ID: "tidak dapat dibaca: harus {\"sites\": [...], \"nodes\": [...]}", EN: "cannot be read: want {\"sites\": [...], \"nodes\": [...]}",
		})
	}
	return p.edits, p.wrong
}

// maxParts bounds the mountings and levels of one entry.
const maxParts = 1000

type jsonFile struct {
	text  string
	dec   *json.Decoder
	edits []registry.Edit
	wrong []registry.Mistake

	counted, lines int // so many bytes hold so many line breaks
}

// lineAt is asked for offsets that grow.
func (p *jsonFile) lineAt(offset int64) int {
	if at := min(int(offset), len(p.text)); at > p.counted {
		p.lines += strings.Count(p.text[p.counted:at], "\n")
		p.counted = at
	}
	return 1 + p.lines
}

// line is that of what is read next.
func (p *jsonFile) line() int {
	at := min(int(p.dec.InputOffset()), len(p.text))
	rest := strings.TrimLeft(p.text[at:], " \t\r\n,:")
	return p.lineAt(int64(len(p.text) - len(rest)))
}

var errShape = errors.New("unexpected value")

func (p *jsonFile) delim(want json.Delim) error {
	t, err := p.dec.Token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("%w %v", errShape, t)
	}
	return nil
}

func (p *jsonFile) file() error {
	if err := p.delim('{'); err != nil {
		return err
	}
	for p.dec.More() {
		key, err := p.dec.Token()
		if err != nil {
			return err
		}
		entry := p.site
		switch key {
		case "sites":
		case "nodes":
			entry = p.node
		default:
			return fmt.Errorf("%w %v", errShape, key)
		}
		if err := p.delim('['); err != nil {
			return err
		}
		for p.dec.More() {
			if err := entry(p.line()); err != nil {
				return err
			}
		}
		if err := p.delim(']'); err != nil {
			return err
		}
	}
	if err := p.delim('}'); err != nil {
		return err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w behind the end", errShape)
	}
	return nil
}

// decode reads one entry. One of the wrong shape is a mistake of its line, and the
// next is read all the same.
func (p *jsonFile) decode(line int, entry any) (ok bool, err error) {
	var whole json.RawMessage
	if err := p.dec.Decode(&whole); err != nil {
		return false, err
	}
	in := json.NewDecoder(bytes.NewReader(whole))
	in.DisallowUnknownFields()
	if err := in.Decode(entry); err != nil {
		p.wrong = append(p.wrong, registry.Mistake{Line: line, Object: "json", Field: "entry", Value: err.Error(), ID: "tidak dapat dipakai", EN: "cannot be used"})
		return false, nil
	}
	return true, nil
}

func (p *jsonFile) site(line int) error {
	var e siteEntry
	if ok, err := p.decode(line, &e); !ok {
		return err
	}
	p.edits = append(p.edits, registry.Edit{Line: line, Code: reading.SiteCode(e.Site), EditSite: func(s *registry.Site) {
		set(&s.Name, e.Name)
		set(&s.District, e.District)
		set(&s.Lat, e.Lat)
		set(&s.Lon, e.Lon)
		set(&s.River, e.River)
		set(&s.RiverOrder, e.RiverOrder)
		set(&s.Datum, e.Datum)
		set(&s.Photo, e.Photo)
		set(&s.Note, e.Note)
	}})
	return nil
}

func (p *jsonFile) node(line int) error {
	var e nodeEntry
	if ok, err := p.decode(line, &e); !ok {
		return err
	}
	if n := len(e.Mountings) + len(e.Levels); n > maxParts {
		p.wrong = append(p.wrong, registry.Mistake{
			Line: line, Object: "json", Field: "entry", Value: fmt.Sprint(n),
			ID: "terlalu banyak sensor dan tingkat siaga", EN: "are too many sensors and levels",
		})
		return nil
	}
	p.edits = append(p.edits, registry.Edit{Line: line, Node: reading.NodeID(e.Node), EditNode: func(n *registry.Asset) {
		set((*string)(&n.Site), e.Site)
		set(&n.Model, e.Model)
		set(&n.Serial, e.Serial)
		set(&n.Note, e.Note)
		set(&n.Retired, e.Retired)
		for _, m := range e.Mountings {
			*n.Mounting(m.Sensor) = m
		}
		for _, l := range e.Levels {
			of := n.LevelSet(l.Sensor, l.Quantity, l.ValidFrom.Truncate(time.Millisecond))
			of.Invented, of.Levels = l.Invented, l.Levels
		}
	}})
	return nil
}
