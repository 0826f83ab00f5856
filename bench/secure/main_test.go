//go:build linux

package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTell(t *testing.T) {
	const s = time.Second
	for _, tc := range []struct {
		name   string
		points []point
		nodes  int
		want   comeback
	}{
		{"nobody answers", []point{{at: s}}, 10, comeback{Seconds: make([]second, 2)}},
		{
			"all come, after what there was before",
			[]point{
				{0, 0, 100, 7, 1, s},
				{s / 2, 0, 100, 7, 1, s},
				{3 * s / 2, 6, 106, 7, 1, 2 * s},
				{2 * s, 99, 300, 8, 1, 3 * s},
				{5 * s / 2, 200, 310, 9, 4, 4 * s},
			},
			200,
			comeback{
				AnswersS: 0.5, HalfS: 2.5, MostS: 2.5, AllS: 2.5, Back: 200, Handshakes: 210, Failed: 2, Evicted: 3,
				Seconds:  []second{{}, {6, 6}, {204, 194}},
				PeakPerS: 204, PeakCores: 2, CenterCPUS: 3,
			},
		},
		{
			"one stays away",
			[]point{{}, {at: s, connected: 50}, {at: 2 * s, connected: 99}},
			100,
			comeback{AnswersS: 1, HalfS: 1, MostS: 2, Back: 99, Seconds: []second{{}, {0, 50}, {0, 49}}},
		},
	} {
		if diff := cmp.Diff(tc.want, tell(tc.points, tc.nodes)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tc.name, diff)
		}
	}
}

func TestComplete(t *testing.T) {
	whole := func() result {
		return result{
			Nodes: 10, Connect: comeback{AllS: 1, Back: 10}, Storms: []comeback{{AllS: 1, Back: 10}},
			Siege: &siegeTold{Least: 10}, Account: accountTold{Queued: 60, Stored: 60},
		}
	}
	for name, tc := range map[string]struct {
		change func(*result)
		says   string
	}{
		"whole":              {func(*result) {}, ""},
		"without a siege":    {func(r *result) { r.Siege = nil }, ""},
		"never connected":    {func(r *result) { r.Connect = comeback{Back: 9} }, "9 of 10 nodes came back"},
		"did not come back":  {func(r *result) { r.Storms[0] = comeback{DownS: 60, Back: 9} }, "away for 60 s: 9 of 10"},
		"thrown out":         {func(r *result) { r.Siege.Least = 9 }, "9 of 10"},
		"lost and came back": {func(r *result) { r.Siege.Gone = 1 }, "1 times"},
		"a reading lost":     {func(r *result) { r.Account.Stored-- }, "holds 59"},
		"a reading twice":    {func(r *result) { r.Account.Stored++ }, "holds 61"},
		"never queued":       {func(r *result) { r.Account.Lost++ }, "1 never"},
		"not acknowledged":   {func(r *result) { r.Account.Waiting++ }, "1 packs still wait"},
		"nothing was queued": {func(r *result) { r.Account = accountTold{} }, "0 readings"},
	} {
		r := whole()
		tc.change(&r)
		err := r.complete()
		if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%s: %v", name, err)
		}
		if err := show(io.Discard, r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPorts(t *testing.T) {
	const given = "32768\t60999\n"
	for _, tc := range []struct {
		addr          string
		nodes, silent int
		says          string
	}{
		{"127.0.0.1:28883", 10_000, 10_000, ""},
		{"127.0.0.1:28883", 14_000, 14_000, "28500"},
		{"127.0.0.1:40000", 10, 0, "32768 to 60999"},
		{"127.0.0.1:0", 10, 0, "-addr"},
		{"127.0.0.1", 10, 0, "-addr"},
	} {
		err := options{addr: tc.addr, nodes: tc.nodes, silent: tc.silent}.ports(given)
		if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%+v: %v", tc, err)
		}
	}
}

func TestDurations(t *testing.T) {
	var d durations
	if err := d.Set("0s,1m"); err != nil || d.String() != "0s,1m0s" {
		t.Error(d, err)
	}
	if err := d.Set("soon"); err == nil {
		t.Error(d)
	}
}
