//go:build integration

package chaos

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/integration/parts"
	"github.com/siaga-id/siaga/internal/reading"
)

// card is the memory card of a simulated node: the folder with its queue, and
// everything that was ever found in it. A copy of it is another card.
type card struct {
	node, dir string

	packs map[uint64]queued // by sequence
	times []fix
	// before are the sequences of what was found on the card that this is a copy of: it
	// may have been gone by then.
	before map[uint64]bool
	// wrong is what no card may show.
	wrong []string
}

func newCard(node, dir string) *card {
	return &card{node: node, dir: dir, packs: map[uint64]queued{}, before: map[uint64]bool{}}
}

// read takes in what is on the card. It wants the node to be dead, and to be
// called before each of its starts: a queue frees no file in the life that wrote
// it.
func (c *card) read() error {
	files, err := filepath.Glob(filepath.Join(c.dir, "queue", "*.seg"))
	if err != nil {
		return err
	}
	for _, file := range files {
		records, err := readSegment(file)
		if err != nil {
			return err
		}
		for seq, b := range records {
			p, err := readPack(b)
			if err != nil {
				c.wrong = append(c.wrong, fmt.Sprintf("%s: pack %d: %v", file, seq, err))
				continue
			}
			if known, ok := c.packs[seq]; ok && known.sum != p.sum {
				c.wrong = append(c.wrong, fmt.Sprintf("%s: pack %d has other bytes than before", file, seq))
			}
			c.packs[seq] = p
		}
	}
	times, err := readTimeline(c.dir)
	if err != nil {
		return err
	}
	for _, f := range times {
		i := slices.IndexFunc(c.times, func(o fix) bool { return o.Boot == f.Boot && o.FromSeq == f.FromSeq })
		if i < 0 {
			c.times = append(c.times, f)
		} else if c.times[i] != f {
			c.wrong = append(c.wrong, fmt.Sprintf("%s: the clock fix %+v was %+v before", c.dir, f, c.times[i]))
		}
	}
	return nil
}

// offset is what boot time meant for a pack.
func (c *card) offset(boot string, seq uint64) (unixMS int64, ok bool) {
	for _, f := range slices.Backward(c.times) {
		if f.Boot == boot && f.FromSeq <= seq {
			return f.UnixMS, true
		}
	}
	return 0, false
}

// unused are the sequences between the first and the last that no pack has, or had
// before the card was copied.
func (c *card) unused() (seqs []uint64) {
	if len(c.packs) == 0 {
		return nil
	}
	var all []uint64
	for seq := range c.packs {
		all = append(all, seq)
	}
	slices.Sort(all)
	for seq := all[0]; seq < all[len(all)-1]; seq++ {
		if _, ok := c.packs[seq]; !ok && !c.before[seq] {
			seqs = append(seqs, seq)
		}
	}
	return seqs
}

// pack is one pack with its times in UTC.
type pack struct {
	card     *card
	seq      uint64
	sealedMS int64
	values   map[parts.Point]measured
}

// measured is a value and its quality flag.
type measured struct {
	value   float64
	quality uint8
}

// all returns every pack that was ever on the card, as it should be stored.
func (c *card) all() (all []pack, err error) {
	for seq, q := range c.packs {
		offset, ok := c.offset(q.boot, seq)
		if !ok {
			return nil, fmt.Errorf("%s: pack %d of boot %s has no clock fix", c.dir, seq, q.boot)
		}
		p := pack{card: c, seq: seq, sealedMS: q.sealedMS + offset, values: map[parts.Point]measured{}}
		for _, s := range q.series {
			quantity, ok := reading.Lookup(s.Quantity)
			if !ok || len(s.Values) != len(s.TimesMS) || len(s.Quality) != len(s.Values) {
				return nil, fmt.Errorf("%s: pack %d: series %s/%s is no series", c.dir, seq, s.Sensor, s.Quantity)
			}
			at := offset
			for i, since := range s.TimesMS {
				at += since
				p.values[parts.Point{
					Measurement: string(quantity.Info().Domain), District: reading.SiteCode(q.site).District(), Node: c.node,
					Sensor: s.Sensor, Site: q.site, Field: s.Quantity, TimeMS: at,
				}] = measured{s.Values[i], s.Quality[i]}
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// copyTo copies a dead node's card. Its lock and its sockets are no part of it.
func (c *card) copyTo(dir string) (*card, error) {
	err := filepath.WalkDir(c.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.TrimPrefix(path, c.dir))
		switch {
		case d.IsDir():
			return os.MkdirAll(to, 0o700)
		case !d.Type().IsRegular() || d.Name() == "lock":
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, b, 0o600)
	})
	to := newCard(c.node, dir)
	to.before = maps.Clone(c.before)
	for seq := range c.packs {
		to.before[seq] = true
	}
	return to, err
}
