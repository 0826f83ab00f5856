package edge

import (
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

func TestASystemClockThatWasSetByHandIsNotFollowed(t *testing.T) {
	c := &SystemClock{boot: "b1"}
	if o := c.judge(Offset{UnixMS: 5, State: wire.Unknown}, 0, 0, false); o.State != wire.Unknown {
		t.Errorf("never synchronised: %+v", o)
	}
	c.judge(Offset{UnixMS: 1000}, time.Hour, 0.5, true)
	o := c.judge(Offset{UnixMS: 999_000}, 2*time.Hour, 0, false)
	if o.State != wire.Estimated || o.UnixMS != 1000 || o.ErrS < 0.85 || o.ErrS > 0.87 {
		t.Errorf("%+v, want the offset from when it was synchronised, and an hour's drift", o)
	}
}
