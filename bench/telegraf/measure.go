//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// quiet is what a chain does while nothing is killed.
type quiet struct {
	compared
	PerSecond float64  `json:"points_per_second"`
	Cost      []cost   `json:"processes"`
	Publisher duration `json:"publisher_cpu_us_per_point"`
}

// duration is in microseconds.
type duration float64

func each(d time.Duration, n int) duration {
	return duration(float64(d.Nanoseconds()) / 1e3 / float64(n))
}

// cost is what one program used.
type cost struct {
	Name string   `json:"name"`
	CPU  duration `json:"cpu_us_per_point"`
	Peak int64    `json:"peak_resident_bytes"`
}

func (q quiet) cpu() (sum duration) {
	for _, c := range q.Cost {
		sum += c.CPU
	}
	return sum
}

func (q quiet) peak() (sum int64) {
	for _, c := range q.Cost {
		sum += c.Peak
	}
	return sum
}

// storm is what became of messages while programs were killed.
type storm struct {
	Broken brokerBreak `json:"what"`
	compared
	Kills int `json:"kills"`
	// SentAgain is how many messages the publishers sent again.
	SentAgain int `json:"sent_again"`
	// DrainS is how long after the last mending the last point came, in seconds.
	DrainS float64 `json:"drain_s"`
	// Deaths is how often programs ended by themselves; Nudged whether the consumer
	// had to be restarted at the end, since nothing came any more.
	Deaths int  `json:"deaths"`
	Nudged bool `json:"nudged"`
}

const (
	starting = 30 * time.Second
	// settled is how long all goes on being measured after the last message, and
	// idle how long nothing comes before nothing more is waited for.
	settled = 3 * time.Second
	idle    = 15 * time.Second
	// patience bounds everything else.
	patience = 10 * time.Minute
)

// within tries until f succeeds, and returns its last error otherwise.
func within(ctx context.Context, limit time.Duration, f func() error) error {
	end := time.Now().Add(limit)
	for {
		err := f()
		if err == nil || time.Now().After(end) || ctx.Err() != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// publish sends a load and returns the senders when all is confirmed.
func publish(ctx context.Context, l load, addr string) (senders []*sender, err error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	group, sending := errgroup.WithContext(ctx)
	for n := l.first; n < l.first+l.nodes; n++ {
		s := newSender(l, n, addr)
		senders = append(senders, s)
		group.Go(func() error { return s.run(sending) })
	}
	return senders, group.Wait()
}

// probe is a node of its own, whose messages are sent until one came through.
const probe = 999

func (s *stage) probe(ctx context.Context, l load) error {
	l.first, l.nodes, l.each, l.paced = probe, 1, 1, false
	l.beginMS -= time.Minute.Milliseconds() + int64(l.points)*l.stepMS
	return within(ctx, starting, func() error {
		sending, stop := context.WithTimeout(ctx, time.Second)
		defer stop()
		if _, err := publish(sending, l, s.mqtt); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return within(ctx, 2*time.Second, func() error {
			if n, err := s.db.count(l.beginMS, l.beginMS); err != nil || n != 1 {
				return fmt.Errorf("a first message does not come through: %w", err)
			}
			return nil
		})
	})
}

// tell adds what the programs of a chain said to an error.
func tell(s *stage, err *error) {
	if *err != nil {
		*err = fmt.Errorf("%w\n%s", *err, s.said())
	}
	s.close()
}

func measureQuiet(ctx context.Context, o options, c chain, m mode, dir string) (q quiet, err error) {
	s, err := c.open(ctx, o, dir)
	defer tell(s, &err)
	if err != nil {
		return q, err
	}
	if err := s.probe(ctx, o.load(c, m)); err != nil {
		return q, err
	}
	time.Sleep(settled)
	l := o.load(c, m) // its times begin, or end, now
	before, err := s.used()
	if err != nil {
		return q, err
	}
	own := processorTime()
	began := time.Now()
	if _, err := publish(ctx, l, s.mqtt); err != nil {
		return q, err
	}
	own = processorTime() - own
	// Each node's messages come in order, so that the last of all tell: counting all
	// of them again and again would be a load of its own.
	last := l.timeMS(l.ofNode() - 1)
	if err := within(ctx, patience, func() error {
		n, err := s.db.count(last, last)
		if err == nil && n < l.nodes {
			err = fmt.Errorf("the last point of %d of %d nodes has come", n, l.nodes)
		}
		return err
	}); err != nil {
		return q, err
	}
	took := time.Since(began)
	time.Sleep(settled)
	after, err := s.used()
	if err != nil {
		return q, err
	}
	q = quiet{PerSecond: float64(l.total()) / took.Seconds(), Publisher: each(own, l.total())}
	for i, p := range s.programs {
		q.Cost = append(q.Cost, cost{p.name, each(after[i].cpu-before[i].cpu, l.total()), after[i].peak})
	}
	q.compared, err = s.db.compare(l)
	return q, err
}

// used is what each program used so far.
func (s *stage) used() (all []used, err error) {
	for _, p := range s.programs {
		u, err := p.used()
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

// processorTime is what this program has used, in user and system mode.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it fails for a wrong argument only
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measureStorm(ctx context.Context, o options, c chain, m mode, b brokerBreak, dir string) (st storm, err error) {
	s, err := c.open(ctx, o, dir)
	defer tell(s, &err)
	if err != nil {
		return st, err
	}
	if err := s.probe(ctx, o.load(c, m)); err != nil {
		return st, err
	}
	l := o.load(c, m) // its times begin now
	schedule := draw(o.seed, o.storm)
	st = storm{Broken: b, Kills: len(schedule)}
	var senders []*sender
	group, storming := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		senders, err = publish(storming, l, s.mqtt)
		return err
	})
	group.Go(func() error { return s.play(storming, schedule, b) })
	if err := group.Wait(); err != nil {
		return st, err
	}
	for _, s := range senders {
		st.SentAgain += s.twice
	}
	mended := time.UnixMilli(l.beginMS).Add(o.storm)
	had, came := s.drain(ctx, l, 0, time.Now())
	if had < l.total() {
		st.Nudged = true
		s.consumer.down(syscall.SIGTERM)
		if err := s.consumer.up(); err != nil {
			return st, err
		}
		_, came = s.drain(ctx, l, had, came)
	}
	st.DrainS = max(0, came.Sub(mended).Seconds())
	for _, p := range s.programs {
		p.mu.Lock()
		st.Deaths += p.deaths
		p.mu.Unlock()
	}
	st.compared, err = s.db.compare(l)
	return st, err
}

// play breaks and mends by a schedule.
func (s *stage) play(ctx context.Context, schedule []outage, b brokerBreak) error {
	began := time.Now()
	for _, a := range acts(schedule) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(began.Add(a.at))):
		}
		p, sig := s.consumer, syscall.SIGKILL
		if a.of.broker {
			p = s.broker
			if b == restarted {
				sig = syscall.SIGTERM
			}
		}
		if !a.mends {
			p.down(sig)
		} else if err := p.up(); err != nil {
			return err
		}
	}
	return nil
}

// drain waits until every point of a load is there, or none has come for long. It
// is given how many there were and when the last one had come, and returns the same.
func (s *stage) drain(ctx context.Context, l load, had int, came time.Time) (int, time.Time) {
	began := time.Now()
	for ctx.Err() == nil {
		n, err := s.db.count(l.beginMS, l.timeMS(l.ofNode()-1))
		if err == nil && n != had {
			had, came, began = n, time.Now(), time.Now()
		}
		if had >= l.total() || time.Since(began) > idle {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	return had, came
}
