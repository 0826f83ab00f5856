package simbus

import (
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// line returns a pin that goes high every second for half a second.
func line(t *testing.T, speed float64) (*Pin, *Plug) {
	t.Helper()
	clock := newClock(speed)
	m := New(clock)
	plug, err := m.PlugPin("GPIO17", blinker{clock.start, time.Second})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Pin("GPIO17")
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Pin), plug
}

func TestEdges(t *testing.T) {
	for _, tc := range []struct {
		name string
		edge gpio.Edge
		want []time.Duration
	}{
		{"both", gpio.BothEdges, []time.Duration{500, 1000, 1500}},
		{"rising", gpio.RisingEdge, []time.Duration{1000, 2000, 3000}},
		{"falling", gpio.FallingEdge, []time.Duration{500, 1500, 2500}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, _ := line(t, 1)
				if err := p.In(gpio.PullUp, tc.edge); err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				for _, want := range tc.want {
					want *= time.Millisecond
					if !p.WaitForEdge(-1) {
						t.Fatal("no edge")
					}
					if got := p.EdgeTime(); got != want || time.Since(begin) != want {
						t.Errorf("edge of %v came at %v, want %v", got, time.Since(begin), want)
					}
					if got, want := p.Read(), gpio.Level(want%time.Second == 0); got != want {
						t.Errorf("level after the edge %v, want %v", got, want)
					}
				}
			})
		})
	}
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := line(t, 1)
		p.In(gpio.Float, gpio.BothEdges)
		begin := time.Now()
		if p.WaitForEdge(0) || time.Since(begin) != 0 {
			t.Errorf("a look took %v", time.Since(begin))
		}
		if p.WaitForEdge(300*time.Millisecond) || time.Since(begin) != 300*time.Millisecond {
			t.Errorf("gave up after %v", time.Since(begin))
		}
		if !p.WaitForEdge(300*time.Millisecond) || time.Since(begin) != 500*time.Millisecond {
			t.Errorf("the edge came after %v", time.Since(begin))
		}
	})
}

func TestLateReaderGetsEveryEdge(t *testing.T) {
	for _, speed := range []float64{1, 1000} {
		synctest.Test(t, func(t *testing.T) {
			p, _ := line(t, speed)
			p.In(gpio.Float, gpio.BothEdges)
			time.Sleep(time.Duration(float64(10*time.Second) / speed))
			for i := 1; i <= 20; i++ {
				if !p.WaitForEdge(0) {
					t.Fatalf("edge %d is lost", i)
				}
				if got, want := p.EdgeTime(), time.Duration(i)*500*time.Millisecond; got != want {
					t.Errorf("edge %d came at %v, want %v", i, got, want)
				}
				if p.Read() != gpio.Level(i%2 == 0) {
					t.Errorf("after edge %d the level is %v", i, p.Read())
				}
			}
			if p.WaitForEdge(0) {
				t.Error("an edge from the future")
			}
			p.In(gpio.Float, gpio.BothEdges)
			if p.WaitForEdge(0) {
				t.Error("In did not forget the edges before it")
			}
		})
	}
}

func TestHaltAndInEndAWait(t *testing.T) {
	for name, end := range map[string]func(*Pin) error{
		"halt": (*Pin).Halt,
		"in":   func(p *Pin) error { return p.In(gpio.PullUp, gpio.BothEdges) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, _ := line(t, 1)
				p.In(gpio.Float, gpio.BothEdges)
				go func() {
					time.Sleep(100 * time.Millisecond)
					end(p)
				}()
				begin := time.Now()
				if p.WaitForEdge(-1) || time.Since(begin) != 100*time.Millisecond {
					t.Errorf("the wait ended after %v", time.Since(begin))
				}
			})
		})
	}
}

func TestCutWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, plug := line(t, 1)
		p.In(gpio.PullUp, gpio.BothEdges)
		p.WaitForEdge(-1) // low at 0.5 s
		go func() {
			time.Sleep(100 * time.Millisecond)
			plug.SetFault(Unplugged)
		}()
		if !p.WaitForEdge(-1) || p.EdgeTime() != 600*time.Millisecond || p.Read() != gpio.High {
			t.Errorf("the pull-up took the line %v at %v", p.Read(), p.EdgeTime())
		}
		if p.WaitForEdge(5100 * time.Millisecond) {
			t.Errorf("an edge at %v without a chip", p.EdgeTime())
		}
		plug.SetFault(None) // at 5.7 s, where the chip is low
		if !p.WaitForEdge(0) || p.EdgeTime() != 5700*time.Millisecond || p.Read() != gpio.Low {
			t.Errorf("mended: the line is %v at %v", p.Read(), p.EdgeTime())
		}
		if !p.WaitForEdge(-1) || p.EdgeTime() != 6*time.Second {
			t.Errorf("the next edge came at %v", p.EdgeTime())
		}
	})
}

func TestBouncing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, plug := line(t, 1)
		p.In(gpio.Float, gpio.BothEdges)
		plug.SetFault(Garbage)
		for i, want := range []time.Duration{500_000, 500_300, 500_600, 1_000_000, 1_000_300, 1_000_600} {
			if !p.WaitForEdge(-1) || p.EdgeTime() != want*time.Microsecond {
				t.Errorf("edge %d at %v, want %v", i, p.EdgeTime(), want*time.Microsecond)
			}
		}
		if p.Read() != gpio.High {
			t.Error("bouncing left the line at the wrong level")
		}
	})
}
