package ingest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestRoomThatOthersLeave: no pack comes, and the spools have nothing to empty.
func TestRoomThatOthersLeave(t *testing.T) {
	for name, tc := range map[string]struct {
		reserve   int64
		accepting bool
	}{
		"they left":            {-1, true},
		"they are still there": {1 << 60, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.conf.ReserveBytes = tc.reserve
				r.start(t)
				r.room.set("the disk is full")
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					NewPresence(r.Ingester, func(string, []byte) error { return nil }).Run(ctx)
				}()
				time.Sleep(presenceEvery + time.Second)
				synctest.Wait()
				if ok, why := r.Accepting(); ok != tc.accepting {
					t.Errorf("accepting %t: %s", ok, why)
				}
				cancel()
				<-ended
				if err := r.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
