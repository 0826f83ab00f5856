package broker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A backlog passes as fast as a node on a cable sends it, a flood does not.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		began := time.Now()
		for range 10 {
			for range 1000 { // 800 packs and some live ones
				if p.wait(t.Context(), 1000) {
					t.Fatal("a backlog was slowed")
				}
			}
			time.Sleep(time.Second)
		}
		began = began.Add(10 * time.Second)
		const flood = 60_000
		slowed := 0
		for range flood {
			if p.wait(t.Context(), 100) {
				slowed++
			}
		}
		if took := time.Since(began); took < (flood-messagesBurst)*time.Second/messagesPerSecond || slowed == 0 {
			t.Errorf("%d messages in %v, %d slowed", flood, took, slowed)
		}
		for range 30 {
			p.wait(t.Context(), DefaultMaxPacketBytes*8)
		}
		if took := time.Since(began); took < 60*time.Second/2 {
			t.Errorf("large messages pass in %v", took)
		}
	})
}

// A connection that has ended holds nobody.
func TestPaceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		var p pace
		for range messagesBurst {
			p.wait(ctx, 1)
		}
		end()
		began := time.Now()
		for range messagesBurst {
			p.wait(ctx, 1)
		}
		if time.Since(began) != 0 {
			t.Error("waited for nobody")
		}
	})
}
