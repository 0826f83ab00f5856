package calibration

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

// TestPowerCutLeavesTheOldOrTheNew cuts the power before any step of any change
// and starts again from what is left.
func TestPowerCutLeavesTheOldOrTheNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newFakeDisk()
		s, err := open("/data", d)
		if err != nil {
			t.Fatal(err)
		}
		durable := rapid.IntRange(0, 3).Draw(t, "changes before")
		for i := range durable {
			if _, err := s.Set(offset("air-1", reading.Level, float64(i))); err != nil {
				t.Fatal(err)
			}
		}
		d.steps = rapid.IntRange(0, 14).Draw(t, "steps until the power goes")
		_, err = s.Set(offset("air-1", reading.Level, 99))
		if err == nil {
			durable++
		} else if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		// What the running program says is what its disk says.
		if l, _, err := s.load(); err != nil || l.version != s.Version() {
			t.Fatalf("version %d, on the disk %+v, %v", s.Version(), l, err)
		}
		after, err := open("/data", d.restart(t))
		if err != nil {
			t.Fatalf("after the power cut: %v", err)
		}
		if v := after.Version(); v < durable || v > durable+1 {
			t.Fatalf("version %d after %d durable changes", v, durable)
		}
		if _, err := after.Set(offset("air-1", reading.Level, 100)); err != nil {
			t.Fatalf("go on after the power cut: %v", err)
		}
	})
}

// TestFailedWriteIsTold fails every step in turn without a power cut.
func TestFailedWriteIsTold(t *testing.T) {
	for steps := 0; ; steps++ {
		d := newFakeDisk()
		s, err := open("/data", d)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if _, err := s.Set(offset("air-1", reading.Level, float64(i))); err != nil {
				t.Fatal(err)
			}
		}
		d.steps = steps
		_, err = s.Set(offset("air-1", reading.Level, 99))
		d.steps = -1
		if err == nil {
			if steps < 10 {
				t.Fatalf("a change takes %d steps: the test is blind", steps)
			}
			return
		}
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			if !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			c, _ := s.InForce("air-1", reading.Level)
			if again, err := open("/data", d); err != nil || again.Version() != s.Version() || c.Version != s.Version() {
				t.Errorf("in force is %d of %d, error %v", c.Version, s.Version(), err)
			}
		})
	}
}
