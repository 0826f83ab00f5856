package uart

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
)

// parseTest takes frames of three bytes: '<', a letter, '>'.
func parseTest(b []byte) (byte, int, bool) {
	switch {
	case b[0] != '<':
		return 0, 1, false
	case len(b) < 3:
		return 0, 0, false
	case b[2] != '>':
		return 0, 1, false
	}
	return b[1], 3, true
}

// bubble runs a test with a Reader on a port, in the bubble's time.
func bubble(t *testing.T, test func(t *testing.T, p *drivertest.Port, r *Reader[byte])) {
	synctest.Test(t, func(t *testing.T) {
		p := drivertest.NewPort()
		r := Start(p, parseTest, nil)
		test(t, p, r)
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

func next(t *testing.T, r *Reader[byte]) (byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	f, err := r.Next(ctx)
	return f.Value, err
}

func TestNextGivesTheNewestFrameOnce(t *testing.T) {
	bubble(t, func(t *testing.T, p *drivertest.Port, r *Reader[byte]) {
		p.Send([]byte("<a><b>..<c>")...)
		synctest.Wait()
		if v, err := next(t, r); v != 'c' || err != nil {
			t.Errorf("Next = %q, %v", v, err)
		}
		if v, err := next(t, r); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("Next again = %q, %v", v, err)
		}
	})
}

func TestNextWaits(t *testing.T) {
	bubble(t, func(t *testing.T, p *drivertest.Port, r *Reader[byte]) {
		go func() {
			time.Sleep(900 * time.Millisecond)
			for _, c := range []byte("<a>") {
				time.Sleep(time.Millisecond)
				p.Send(c)
			}
		}()
		if v, err := next(t, r); v != 'a' || err != nil {
			t.Errorf("Next = %q, %v", v, err)
		}
	})
}

func TestOldFrameIsNoAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, p *drivertest.Port, r *Reader[byte]) {
		p.Send([]byte("<a>")...)
		time.Sleep(fresh + time.Millisecond)
		if v, err := next(t, r); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("Next = %q, %v", v, err)
		}
	})
}

func TestTornFrameIsNotJoined(t *testing.T) {
	bubble(t, func(t *testing.T, p *drivertest.Port, r *Reader[byte]) {
		p.Send([]byte("<a")...)
		time.Sleep(torn + time.Millisecond)
		p.Send([]byte("><b>")...)
		synctest.Wait()
		if v, err := next(t, r); v != 'b' || err != nil {
			t.Errorf("Next = %q, %v", v, err)
		}
		p.Send([]byte("<c")...)
		time.Sleep(torn + time.Millisecond)
		p.Send('>')
		if v, err := next(t, r); !errors.Is(err, driver.ErrChecksum) {
			t.Errorf("Next = %q, %v", v, err)
		}
	})
}

func TestNoiseIsToldOnce(t *testing.T) {
	bubble(t, func(t *testing.T, p *drivertest.Port, r *Reader[byte]) {
		p.Send([]byte("noise")...)
		if _, err := next(t, r); !errors.Is(err, driver.ErrChecksum) {
			t.Errorf("after noise: %v", err)
		}
		if _, err := next(t, r); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("in the silence after: %v", err)
		}
	})
}

func TestUnpluggedGivesWhatCameAndThenFails(t *testing.T) {
	bubble(t, func(t *testing.T, p *drivertest.Port, r *Reader[byte]) {
		p.Send([]byte("<a>")...)
		p.Unplug(io.ErrUnexpectedEOF)
		synctest.Wait()
		if v, err := next(t, r); v != 'a' || err != nil {
			t.Errorf("Next = %q, %v", v, err)
		}
		for range 2 {
			_, err := next(t, r)
			if !errors.Is(err, driver.ErrUnplugged) || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("Next = %v", err)
			}
		}
	})
}

func TestFramesGrowOldByTheNodesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := drivertest.NewPort()
		began := time.Now()
		r := Start(p, parseTest, func() time.Duration { return 1000 * time.Since(began) })
		p.Send([]byte("<a>")...)
		synctest.Wait()
		time.Sleep(10 * time.Millisecond) // 10 s to the node
		if v, err := next(t, r); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("Next = %q, %v, want no frame that is older than %v", v, err, fresh)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestParseThatWaitsForEverHoardsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := drivertest.NewPort()
		most := 0
		r := Start(p, func(b []byte) (struct{}, int, bool) {
			most = max(most, len(b))
			return struct{}{}, 0, false
		}, nil)
		p.Send(make([]byte, 10*longest)...)
		synctest.Wait()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if most > 2*longest {
			t.Errorf("Parse saw %d bytes", most)
		}
	})
}
