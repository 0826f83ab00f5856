package registry

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestEventsExcuseSilenceWhileTheyLast(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	taken(t, r, "sutojayan-01")
	taken(t, r, "jegu-01")
	must(t, r.PutSites(ctx, []Site{{Code: "35.05.12.1008", Name: "Jegu", Lat: -8.15, Lon: 112.24, River: "Kali Brantas", RiverOrder: 1}}))
	now := c.now()
	add := func(kind EventKind, scope Scope, object string, from, to time.Duration) Event {
		t.Helper()
		e, err := r.AddEvent(ctx, clerk, Event{Kind: kind, Scope: scope, Object: object, From: now.Add(from), To: now.Add(to), Reason: "aki diganti"})
		must(t, err)
		return e
	}
	repair := add(Repair, OfNode, "sutojayan-01", time.Hour, 3*time.Hour)
	longer := add(Repair, OfNode, "sutojayan-01", 2*time.Hour, 5*time.Hour)
	add(Repair, OfGauge, "jegu-01/sungai-1", 0, 9*time.Hour)
	add(Flushing, OfRiver, "Kali Brantas", 0, 9*time.Hour)
	later := add(Other, OfNode, "jegu-01", 8*time.Hour, 9*time.Hour)

	for after, want := range map[time.Duration]int64{
		0: 0, time.Hour: repair.ID, 2 * time.Hour: longer.ID, 4 * time.Hour: longer.ID, 5 * time.Hour: 0,
	} {
		under, err := r.Under(ctx, now.Add(after))
		must(t, err)
		if under["sutojayan-01"].ID != want || len(under) > 1 {
			t.Errorf("after %v: %+v, want event %d", after, under, want)
		}
	}
	if all, err := r.Events(ctx, now.Add(4*time.Hour), now.Add(8*time.Hour), 10); err != nil || len(all) != 3 {
		t.Errorf("%+v, %v", all, err)
	}

	c.add(4 * time.Hour)
	ended, err := r.CancelEvent(ctx, clerk, longer.ID) // it has begun, so it ends
	must(t, err)
	if !ended.To.Equal(c.now()) || !ended.Cancelled.IsZero() {
		t.Errorf("ended: %+v", ended)
	}
	if under, err := r.Under(ctx, c.now()); err != nil || len(under) != 0 {
		t.Errorf("%+v, %v", under, err)
	}
	off, err := r.CancelEvent(ctx, clerk, later.ID)
	must(t, err)
	if off.Cancelled.IsZero() || !off.To.Equal(later.To) {
		t.Errorf("called off: %+v", off)
	}
	for id, want := range map[int64]error{longer.ID: ErrOver, later.ID: ErrOver, repair.ID: ErrOver, 99: ErrNotFound} {
		if _, err := r.CancelEvent(ctx, clerk, id); !errors.Is(err, want) {
			t.Errorf("cancel %d: %v, want %v", id, err, want)
		}
	}
	if log, err := r.Audit(ctx, AuditFilter{Object: "node:sutojayan-01"}); err != nil || len(log) != 4 {
		t.Errorf("its history has %d entries, %v", len(log), err)
	}
}

func TestWrongEventsAreRefused(t *testing.T) {
	r, c := fresh(t)
	taken(t, r, "sutojayan-01")
	for name, tc := range map[string]struct {
		says string
		e    Event
	}{
		"kind":           {"want repair", Event{Kind: "picnic", Scope: OfNode, Object: "sutojayan-01"}},
		"scope":          {"want node, gauge", Event{Kind: Repair, Scope: "village", Object: "sutojayan-01"}},
		"no such node":   {"no node that is known", Event{Kind: Repair, Scope: OfNode, Object: "nowhere-01"}},
		"no such river":  {"river of no site", Event{Kind: Flushing, Scope: OfRiver, Object: "Ciliwung"}},
		"no river":       {"river of no site", Event{Kind: Flushing, Scope: OfRiver}},
		"a gauge's node": {"node/sensor", Event{Kind: Repair, Scope: OfGauge, Object: "sutojayan-01"}},
		"a node's gauge": {"node/sensor", Event{Kind: Repair, Scope: OfNode, Object: "sutojayan-01/pm-1"}},
		"backwards":      {"after the beginning", Event{Kind: Repair, Scope: OfNode, Object: "sutojayan-01", To: c.now().Add(-time.Hour)}},
		"too long":       {"more than a year", Event{Kind: Repair, Scope: OfNode, Object: "sutojayan-01", To: c.now().Add(400 * 24 * time.Hour)}},
		"no reason":      {"must not be empty", Event{Kind: Repair, Scope: OfNode, Object: "sutojayan-01", Reason: "-"}},
	} {
		e := tc.e
		e.From = c.now()
		if e.To.IsZero() {
			e.To = c.now().Add(time.Hour)
		}
		if e.Reason == "-" {
			e.Reason = ""
		} else {
			e.Reason = "aki"
		}
		if _, err := r.AddEvent(t.Context(), clerk, e); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, tc.says)
		}
	}
}
