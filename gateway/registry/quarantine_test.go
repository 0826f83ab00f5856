package registry

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func refused(topic, payload string) Refused {
	return Refused{Time: time.UnixMilli(1), Node: "aa", Topic: topic, Source: "center", Reason: "syntax", Detail: "no array", Length: len(payload), Payload: []byte(payload)}
}

func total(t *testing.T, r *Registry) QuarantineTotal {
	t.Helper()
	n, err := r.QuarantineTotal(t.Context())
	must(t, err)
	return n
}

func TestQuarantineKeepsOnceAndDurably(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	r := open(t, path, newClock())
	ctx := t.Context()
	must(t, r.Quarantine(ctx, []Refused{refused("a", "x"), refused("b", "x"), refused("a", "yy"), refused("a", "x"), refused("a", "")}))
	must(t, r.Quarantine(ctx, []Refused{refused("b", "x")}))
	must(t, r.Close())
	r = open(t, path, newClock())
	if got := total(t, r); got.Entries != 4 || got.Bytes != 4+4*int64(len("a")+len("no array")) || got.Capacity != 1<<30 {
		t.Fatalf("quarantine holds %+v", got)
	}
	if of, err := r.QuarantinedOf(ctx); err != nil || len(of) != 1 || of["aa"] != 4 {
		t.Fatalf("quarantined of nodes %v, %v", of, err)
	}
	entries, err := r.ListQuarantine(ctx, 2)
	must(t, err)
	if len(entries) != 2 || entries[1].Topic != "a" || entries[1].Length != 2 || entries[1].Payload != nil || entries[1].Detail != "no array" {
		t.Fatalf("entries %+v", entries)
	}
}

func TestQuarantineFull(t *testing.T) {
	for name, opt := range map[string]Options{
		"entries": {Kind: Real, QuarantineEntries: 2},
		"bytes":   {Kind: Real, QuarantineBytes: 25},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Open(filepath.Join(t.TempDir(), "registry.db"), opt)
			must(t, err)
			defer r.Close()
			must(t, r.Quarantine(t.Context(), []Refused{refused("a", "xx"), refused("b", "xx")}))
			err = r.Quarantine(t.Context(), []Refused{refused("a", "xx"), refused("c", "xx")})
			if !errors.Is(err, ErrQuarantineFull) {
				t.Fatalf("Quarantine = %v, want ErrQuarantineFull", err)
			}
			if got := total(t, r); got.Entries != 2 {
				t.Fatalf("%d entries, want those of before", got.Entries)
			}
			if _, err := r.Drop(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			must(t, r.Quarantine(t.Context(), []Refused{refused("c", "xx")}))
		})
	}
}

func TestQuarantinedPacksHaveArrived(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	must(t, r.Stored(ctx, []StoredRange{stored("aa", "e1", 1, 1), stored("aa", "e1", 4, 4)}))
	named := refused("a", "x")
	named.Epoch, named.Seq = "e1", 3
	stranger := named
	stranger.Node = "zz"
	huge := named
	huge.Seq = 1 << 63
	must(t, r.Quarantine(ctx, []Refused{named, stranger, huge}))
	c.add(time.Minute)
	gaps, err := r.Gaps(ctx, "aa")
	must(t, err)
	if len(gaps) != 1 || gaps[0].From != 2 || gaps[0].To != 2 {
		t.Fatalf("gaps %+v, want pack 2", gaps)
	}
	if nodes, err := r.Nodes(ctx); err != nil || len(nodes) != 1 {
		t.Fatalf("nodes %+v, %v: what is refused makes no node", nodes, err)
	}
}

func TestReplay(t *testing.T) {
	r, _ := fresh(t)
	ctx := t.Context()
	must(t, r.Quarantine(ctx, []Refused{refused("a", "1"), refused("a", "2"), refused("a", "3")}))
	var got []string
	broken := errors.New("ingest is full")
	n, err := r.Replay(ctx, nil, func(_ context.Context, e Entry) error {
		got = append(got, string(e.Payload))
		if string(e.Payload) == "2" {
			return broken
		}
		return nil
	})
	if err != nil || n.Done != 2 || n.Failed != 1 || len(n.Failures) != 1 || n.Failures[0] != (ReplayFailure{2, broken}) || len(got) != 3 {
		t.Fatalf("Replay = %+v, %v after %q", n, err, got)
	}
	if total(t, r).Entries != 1 {
		t.Fatalf("%d entries are open, want 1", total(t, r).Entries)
	}
	// Cut short: what it had come to is open, all else untouched.
	ending, end := context.WithCancel(ctx)
	n, err = r.Replay(ending, nil, func(context.Context, Entry) error { end(); return context.Canceled })
	if !errors.Is(err, context.Canceled) || n.Done != 0 || total(t, r).Entries != 1 {
		t.Fatalf("Replay = %+v, %v", n, err)
	}
	// Refused again while it is being replayed: that is a new entry.
	n, err = r.Replay(ctx, []int64{2}, func(ctx context.Context, e Entry) error {
		return r.Quarantine(ctx, []Refused{e.Refused})
	})
	if n.Done != 1 || err != nil {
		t.Fatalf("Replay = %+v, %v", n, err)
	}
	entries, err := r.ListQuarantine(ctx, 10)
	must(t, err)
	if len(entries) != 4 || entries[0].ID != 4 || !entries[0].Replayed.IsZero() || entries[2].Replayed.IsZero() {
		t.Fatalf("entries %+v", entries)
	}
	if n, err := r.Replay(ctx, []int64{2}, nil); err != nil || n.Failed != 1 || !errors.Is(n.Failures[0].Err, ErrNotFound) {
		t.Fatalf("Replay of what was replayed = %+v, %v", n, err)
	}
	if n, err := r.Drop(ctx, []int64{1, 4, 99}); n != 1 || err != nil {
		t.Fatalf("Drop = %d, %v, want 1", n, err)
	}
}

// A crash in the middle of a replay leaves the entry open, unless its payload is
// there anew.
func TestReplayCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	r := open(t, path, newClock())
	ctx := t.Context()
	must(t, r.Quarantine(ctx, []Refused{refused("a", "1"), refused("a", "2")}))
	_, err := r.write.Exec(`UPDATE quarantine SET replayed = 5`) // as far as replay comes before it calls
	must(t, err)
	must(t, r.Quarantine(ctx, []Refused{refused("a", "2")}))
	must(t, r.Close())
	r = open(t, path, newClock())
	entries, err := r.ListQuarantine(ctx, 10)
	must(t, err)
	if len(entries) != 3 || !entries[2].Replayed.IsZero() || entries[1].Replayed.IsZero() || !entries[0].Replayed.IsZero() {
		t.Fatalf("entries %+v, want 1 open, 2 replayed, its successor open", entries)
	}
}

func TestOldMarksAreForgotten(t *testing.T) {
	r, _ := fresh(t)
	ctx := t.Context()
	var many []Refused
	for i := range keptMarks + 50 {
		e := refused("a", "x")
		e.Seq = uint64(i + 1)
		many = append(many, e)
	}
	must(t, r.Quarantine(ctx, many))
	if _, err := r.Drop(ctx, nil); err != nil {
		t.Fatal(err)
	}
	entries, err := r.ListQuarantine(ctx, 10_000)
	must(t, err)
	if len(entries) != keptMarks {
		t.Fatalf("%d marks are kept, want %d", len(entries), keptMarks)
	}
}
