//go:build integration

package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func (s *storm) fleetOf(node string) *group {
	for _, g := range s.groups {
		if g.cards[node] != nil {
			return g
		}
	}
	return nil
}

// off does something while a node has no power.
func (s *storm) off(node string, do func(*group) error) error {
	g := s.fleetOf(node)
	s.odd[node] = true
	p := s.programs[g.name]
	p.hurried = p.hurried || p.down && g.proc.Running()
	g.proc.Kill()
	g.read(s.t)
	if err := do(g); err != nil {
		return err
	}
	if !p.down { // else its own fault starts it
		g.start(s.t)
	}
	return nil
}

// cardDir is a folder for a copy or a removed card.
func (s *storm) cardDir(node, what string) string {
	return filepath.Join(s.dir, "cards", node+"-"+what, node)
}

func (s *storm) image(g *group, node string) error {
	c, err := g.cards[node].copyTo(s.cardDir(node, "image"))
	s.images[node] = c
	return err
}

// replace puts a card with an old image in the place of the present one.
func (s *storm) replace(g *group, node string) error {
	old, image := g.cards[node], s.images[node]
	place := old.dir
	removed := s.cardDir(node, "removed")
	if err := os.MkdirAll(filepath.Dir(removed), 0o700); err != nil {
		return err
	}
	if err := os.Rename(place, removed); err != nil {
		return err
	}
	if err := os.Rename(image.dir, place); err != nil {
		return err
	}
	old.dir, image.dir = removed, place
	g.cards[node] = image
	s.spare = append(s.spare, old)
	return nil
}

// clone runs a second board with a copy of a node's card.
func (s *storm) clone(node string) error {
	var twin *card
	err := s.off(node, func(g *group) (err error) {
		twin, err = g.cards[node].copyTo(s.cardDir(node, "clone"))
		return err
	})
	if err != nil {
		return err
	}
	g := s.fleetOf(node)
	t := newGroup("twin-"+node, filepath.Dir(twin.dir), s.folder("logs"), g.line, g.broker, s.seed, []int{villageOf(node)})
	t.cards[node] = twin
	// Two programs that are started together start in the same millisecond; two
	// boards do not.
	time.Sleep(137 * time.Millisecond)
	t.start(s.t)
	s.twins = append(s.twins, t)
	return nil
}

// stopTwins switches the second boards off; their cards are spare then.
func (s *storm) stopTwins() {
	for _, g := range s.twins {
		if !g.proc.Running() {
			s.died = append(s.died, fmt.Sprintf("%s ended by itself: %v", g.name, g.proc.Err))
		}
		g.proc.Kill()
		g.read(s.t)
		for _, c := range g.cards {
			s.spare = append(s.spare, c)
		}
	}
}

// spareGroups puts each spare card into a board, which sends what waits on it.
func (s *storm) spareGroups() (all []*group) {
	for _, c := range s.spare {
		name := "spare-" + filepath.Base(filepath.Dir(c.dir))
		g := newGroup(name, filepath.Dir(c.dir), s.folder("logs"), nil, s.broker, s.seed, []int{villageOf(c.node)})
		g.cards[c.node] = c
		g.start(s.t)
		all = append(all, g)
	}
	return all
}

// cards are all cards there ever were.
func (s *storm) cards() (all []*card) {
	for _, g := range s.groups {
		for _, c := range g.cards {
			all = append(all, c)
		}
	}
	return append(all, s.spare...)
}
