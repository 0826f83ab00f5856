package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/firmware-sim/fleet"
)

const (
	progressInterval = 10 * time.Second
	// settleCheck is how often the queues are looked at once measuring has stopped.
	settleCheck = 100 * time.Millisecond
)

// runNodes runs simulated nodes until ctx ends, or until they have measured as
// long as they were to and everything is acknowledged.
func runNodes(cmd *cobra.Command, s settings) error {
	opt, err := s.options()
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if s.json {
		out = cmd.ErrOrStderr()
	}
	f, err := fleet.New(opt)
	if err != nil {
		return err
	}
	announce(out, s, opt)
	running, stop := context.WithCancel(context.Background())
	defer stop()
	ctx, giveUp := context.WithCancel(cmd.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- f.Run(running)
		giveUp() // it may have failed by itself
	}()
	watched := make(chan struct{})
	go func() { progress(running, out, f); close(watched) }()

	unsettled := measureAndSettle(ctx, f, s)
	stop()
	err = <-ended
	<-watched
	if serr := summary(cmd.OutOrStdout(), out, s, len(opt.Villages), f); err == nil {
		err = serr
	}
	return errors.Join(err, unsettled)
}

// measureAndSettle returns when ctx ends, with nil, or when measuring is over
// and every pack is acknowledged; its error is that packs still wait.
func measureAndSettle(ctx context.Context, f *fleet.Fleet, s settings) error {
	measuring, cancel := ctx, context.CancelFunc(func() {})
	if s.duration > 0 {
		measuring, cancel = context.WithTimeout(ctx, s.duration)
	}
	defer cancel()
	// The trace's end, the duration's or ctx's: whichever comes first.
	_ = f.TraceOver(measuring)
	if ctx.Err() != nil {
		return nil
	}
	f.StopSampling()
	settling, cancelSettling := context.WithTimeout(ctx, s.settle)
	defer cancelSettling()
	for f.Counts().WaitingPacks > 0 {
		select {
		case <-time.After(settleCheck):
		case <-settling.Done():
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("%d packs were not acknowledged within %v of the last measurement: is a center at the broker?", f.Counts().WaitingPacks, s.settle)
		}
	}
	return nil
}

// announce says what runs, before it does.
func announce(out io.Writer, s settings, opt fleet.Options) {
	first, last := opt.Villages[0].Node, opt.Villages[len(opt.Villages)-1].Node
	fmt.Fprintf(out, "SIMULASI: %d node, %s … %s, ke broker %s, data di %s\n", len(opt.Villages), first, last, cmp.Or(s.broker, "sesuai pendaftaran, atau "+edge.PlainBroker), s.dir)
	fmt.Fprintf(out, "(SIMULATED: %d nodes, to broker %s, data in %s)\n", len(opt.Villages), cmp.Or(s.broker, "as enrolled, or "+edge.PlainBroker), s.dir)
	announceTrace(out, s, opt)
	fmt.Fprintln(out, "Ctrl-C untuk berhenti (to stop)")
}

// announceTrace says what of a trace is shown, and what is not.
func announceTrace(out io.Writer, s settings, opt fleet.Options) {
	t := opt.Trace
	if t == nil {
		return
	}
	fmt.Fprintf(out, "Rekaman (trace) %s: %s … %s, kecepatan (speed) %gx, %v\n", s.trace,
		t.First().Format(time.RFC3339), t.Last().Format(time.RFC3339), s.speed,
		time.Duration(float64(t.Last().Add(t.Step()).Sub(t.First()))/s.speed).Round(time.Second))
	fmt.Fprintf(out, "  kolom dipakai (columns used): %s\n", list(t.Used()))
	fmt.Fprintf(out, "  kolom dilewati, tanpa chip (skipped, no chip shows them): %s\n", list(t.Skipped()))
}

// progress prints how things stand from time to time.
func progress(ctx context.Context, out io.Writer, f *fleet.Fleet) {
	tick := time.NewTicker(progressInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			n := f.Counts()
			fmt.Fprintf(out, "%d bacaan diantrekan, %d paket menunggu (readings queued, packs waiting)\n", n.QueuedReadings, n.WaitingPacks)
		}
	}
}

// totals is the summary as programs read it.
type totals struct {
	Nodes          int    `json:"nodes"`
	ReadingsQueued uint64 `json:"readings_queued"`
	ReadingsLost   uint64 `json:"readings_lost"`
	PacksWaiting   uint64 `json:"packs_waiting"`
}

// summary says how it ended: to programs on stdout, where they asked for it,
// and to people on out.
func summary(stdout, out io.Writer, s settings, nodes int, f *fleet.Fleet) error {
	n := f.Counts()
	fmt.Fprintf(out, "Selesai: %d bacaan diantrekan, %d hilang, %d paket menunggu pengakuan pusat.\n", n.QueuedReadings, n.LostReadings, n.WaitingPacks)
	fmt.Fprintf(out, "(Done: %d readings queued, %d lost, %d packs wait for the center's acknowledgement.)\n", n.QueuedReadings, n.LostReadings, n.WaitingPacks)
	if !s.json {
		return nil
	}
	err := json.NewEncoder(stdout).Encode(totals{nodes, n.QueuedReadings, n.LostReadings, n.WaitingPacks})
	if err != nil {
		return fmt.Errorf("print summary: %w", err)
	}
	return nil
}
