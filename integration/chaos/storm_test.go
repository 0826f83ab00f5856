//go:build integration

package chaos

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/siaga-id/siaga/integration/parts"
)

// storm plays a schedule on a stage.
type storm struct {
	*stage
	began time.Time
	log   []string
	// spare are cards that are in no fleet any more: copies, and those that an
	// image has replaced.
	spare []*card
	// images are those that were taken, by node.
	images map[string]*card
	// twins are the second boards that run, and whose card each has.
	twins []*group
	// odd are the nodes whose clocks stepped or whose cards were copied.
	odd map[string]bool
	// edited are the nodes whose villages were changed in the registry.
	edited map[string]bool
	// died are programs that ended by themselves.
	died []string
	// dead is when somebody was.
	dead []outage
}

// outage is when a program was dead.
type outage struct {
	program  string
	from, to time.Time
}

func newStorm(s *stage) *storm {
	return &storm{stage: s, images: map[string]*card{}, odd: map[string]bool{}, edited: map[string]bool{}}
}

func (s *storm) say(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf("%9s  ", time.Since(s.began).Round(10*time.Millisecond))+fmt.Sprintf(format, args...))
}

// act is one moment of a schedule.
type act struct {
	at  time.Duration
	do  func(fault) error
	of  fault
	say string
}

// run plays a schedule to its end. What was broken for a time is mended then.
func (s *storm) run(schedule []fault) {
	var acts []act
	for _, f := range schedule {
		acts = append(acts, act{f.at, s.begin, f, "begins"})
		if f.until > f.at {
			acts = append(acts, act{f.until, s.end, f, "ends"})
		}
	}
	slices.SortStableFunc(acts, func(a, b act) int { return cmp.Compare(a.at, b.at) })
	s.began = time.Now()
	for _, a := range acts {
		for time.Since(s.began) < a.at {
			time.Sleep(min(100*time.Millisecond, a.at-time.Since(s.began)))
			s.supervise()
		}
		s.say("%-6s %s", a.say, a.of.what())
		if err := a.do(a.of); err != nil {
			s.t.Fatalf("%s %s: %v", a.of.what(), a.say, err)
		}
	}
}

// supervise starts programs again that ended by themselves, as systemd does.
func (s *storm) supervise() {
	for name, p := range s.programs {
		if p.down || p.proc().Running() {
			continue
		}
		what := fmt.Sprintf("%s ended by itself: %v", name, p.proc().Err)
		s.say("%s", what)
		s.died = append(s.died, what)
		p.start(s.t)
	}
}

func (s *storm) begin(f fault) error {
	switch f.kind {
	case kill, amnesia:
		p := s.programs[f.target]
		p.proc().Kill()
		p.down = true
		s.dead = append(s.dead, outage{program: f.target, from: time.Now()})
		if f.kind == amnesia {
			return p.forget()
		}
	case term:
		p := s.programs[f.target]
		s.awaitBegun(f.target, p)
		p.down = true
		return p.proc().Terminate()
	case pause:
		s.programs[f.target].proc().Pause()
	case network:
		return s.links[f.target].set(f.trouble)
	case full:
		return s.disks[f.target].fill()
	case step:
		s.odd[f.target] = true
		s.fleetOf(f.target).order(fmt.Sprintf("%s %s %v", orderStep, f.target, f.by))
	case edit:
		return s.editSite(f.target)
	case clone:
		return s.clone(f.target)
	case restore:
		return s.off(f.target, func(g *group) error { return s.image(g, f.target) })
	}
	return nil
}

func (s *storm) end(f fault) error {
	switch f.kind {
	case kill, amnesia, term:
		p := s.programs[f.target]
		if f.kind == term && !p.hurried {
			s.ended(f, p.proc())
		}
		p.hurried = false
		p.start(s.t)
		p.down = false
		for i := range s.dead {
			if s.dead[i].program == f.target && s.dead[i].to.IsZero() {
				s.dead[i].to = time.Now()
			}
		}
	case pause:
		s.programs[f.target].proc().Resume()
	case network:
		return s.links[f.target].set(none)
	case full:
		return s.disks[f.target].empty()
	case restore:
		return s.off(f.target, func(g *group) error { return s.replace(g, f.target) })
	}
	return nil
}

// oneLimit is how long one program may take to begin or to end, on a machine that is
// busy with all the others.
const oneLimit = 30 * time.Second

// awaitBegun waits until a program that runs has said something. One that is only
// on its way to its first line has no ear for SIGTERM yet.
func (s *storm) awaitBegun(name string, p *program) {
	if p.began == nil {
		return
	}
	for end := time.Now().Add(oneLimit); p.proc().Running() && !p.began(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.died = append(s.died, fmt.Sprintf("%s said nothing within %v of its start", name, oneLimit))
			return
		}
	}
}

// ended wants a program to obey SIGTERM.
func (s *storm) ended(f fault, p *parts.Process) {
	if err := p.Wait(oneLimit); err != nil {
		s.died = append(s.died, fmt.Sprintf("%s did not end well on SIGTERM: %v", f.target, err))
		p.Kill()
	}
}

// settle ends measuring and waits until the nodes have delivered everything; its
// error says who has not within limit.
func (s *storm) settle(groups []*group, limit time.Duration) error {
	end := time.Now().Add(limit)
	for _, g := range groups {
		g.order(orderStop)
	}
	var late []string
	for _, g := range groups {
		if err := g.proc.Wait(time.Until(end)); err != nil {
			n, _ := g.said.counts()
			late = append(late, fmt.Sprintf("%s: %v: %+v", g.name, err, n))
			g.proc.Kill()
		}
		g.read(s.t)
	}
	if len(late) > 0 {
		return fmt.Errorf("%q", late)
	}
	return nil
}

// lostAtNodes sums what running fleets said they never got onto a card.
func lostAtNodes(groups []*group) (n uint64) {
	for _, g := range groups {
		said, _ := g.said.counts()
		n += said.Lost
	}
	return n
}
