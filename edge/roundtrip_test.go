package edge

import (
	"testing"
	"time"
)

const ms = time.Millisecond

// TestTimeoutsFollowTheRoundTrip works RFC 6298's arithmetic by hand.
func TestTimeoutsFollowTheRoundTrip(t *testing.T) {
	for _, tc := range []struct {
		name    string
		floor   time.Duration
		samples []time.Duration
		want    time.Duration
	}{
		{"nothing measured", 100 * ms, nil, 3 * time.Second},
		{"the first: R + 4·R/2", 100 * ms, []time.Duration{400 * ms}, 1200 * ms},
		{"a steady link comes down to the grain", 100 * ms, repeat(400*ms, 40), 500 * ms},
		{"the floor", time.Second, repeat(40*ms, 40), time.Second},
		// SRTT 7/8·400+1/8·1200 = 500, RTTVAR 3/4·200+1/4·800 = 350.
		{"a jump widens it", 100 * ms, []time.Duration{400 * ms, 1200 * ms}, 1900 * ms},
		{"the ceiling", 100 * ms, []time.Duration{20 * time.Second}, 30 * time.Second},
	} {
		r := roundTrip{floor: tc.floor, ceiling: 30 * time.Second}
		for _, d := range tc.samples {
			r.measured(d)
		}
		if got := r.timeout(1); got < tc.want-ms || got > tc.want+ms {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func repeat(d time.Duration, n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = d
	}
	return all
}

func TestWhatIsInVainIsTriedLessAndLess(t *testing.T) {
	r := roundTrip{floor: time.Second, ceiling: 30 * time.Second}
	r.measured(100 * ms)
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		if got := r.timeout(i + 1); got != want*time.Second {
			t.Errorf("attempt %d: %v, want %v", i+1, got, want*time.Second)
		}
	}
	for range 100 {
		r.timedOut()
	}
	if got := r.timeout(1); got != 30*time.Second {
		t.Errorf("while nobody answers a new pack waits %v, want the ceiling", got)
	}
	r.measured(100 * ms)
	if got := r.timeout(1); got != time.Second {
		t.Errorf("after an answer it waits %v, want the floor again", got)
	}
	for range 1000 {
		if d := jittered(time.Second); d < time.Second || d > 1500*ms {
			t.Fatalf("jittered to %v", d)
		}
	}
}

func TestTheWindowOpensAndCloses(t *testing.T) {
	w := newWindow(256)
	now := time.Now()
	for range 246 {
		w.grow()
	}
	if w.room() != 256 {
		t.Errorf("room for %d after 246 acknowledgements, want the most", w.room())
	}
	w.grow()
	// A burst of losses is found one by one, and counts once.
	for i := range 100 {
		w.halve(now.Add(time.Duration(i)*ms), time.Second)
	}
	if w.room() != 128 {
		t.Errorf("room for %d after a burst of losses, want half", w.room())
	}
	for range 128 {
		w.grow()
	}
	if w.room() != 128 && w.room() != 129 {
		t.Errorf("room for %d a round trip later, want one more", w.room())
	}
	for i := range 20 {
		w.halve(now.Add(time.Duration(i+2)*time.Minute), time.Second)
	}
	if w.room() != leastWindow {
		t.Errorf("room for %d after losses again and again, want %d", w.room(), leastWindow)
	}
	if small := newWindow(1); small.room() != 1 {
		t.Errorf("room for %d where 1 is configured", small.room())
	}
}

func TestThePaceHoldsInPacksAndInBytes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		send  SendConfig
		bytes int
		want  int // packs in a minute
	}{
		{"cellular, small packs", SendConfig{Profile: ProfileCellular}, 100, 600},
		{"cellular, large packs", SendConfig{Profile: ProfileCellular}, 4096, 120},
		{"cellular, one pack is many seconds' worth", SendConfig{Profile: ProfileCellular}, 64 << 10, 8},
		{"lan", SendConfig{Profile: ProfileLAN}, 1000, 48000},
		{"one setting of its own", SendConfig{Profile: ProfileLAN, FillPacksPerSecond: 5}, 1000, 300},
	} {
		c, err := tc.send.resolved()
		if err != nil {
			t.Fatal(err)
		}
		p, now := newPace(c), time.Now()
		n := 0
		for end := now.Add(time.Minute); now.Before(end); {
			if wait := p.wait(now); wait > 0 {
				now = now.Add(wait)
				continue
			}
			p.spend(now, tc.bytes)
			n++
		}
		if n < tc.want*95/100 || n > tc.want*105/100+2 {
			t.Errorf("%s: %d packs in a minute, want %d", tc.name, n, tc.want)
		}
	}
}

func TestWithheldNumbersAreASet(t *testing.T) {
	var s seqSet
	for _, seq := range []uint64{5, 7, 6, 1, 2, 9, 5, 8} {
		s.add(seq)
	}
	for seq, want := range map[uint64]uint64{1: 3, 2: 3, 3: 3, 4: 4, 5: 10, 8: 10, 10: 10} {
		if got := s.after(seq); got != want {
			t.Errorf("after %d comes %d, want %d", seq, got, want)
		}
	}
	if len(s) != 2 {
		t.Errorf("%v, want two ranges", s)
	}
}
