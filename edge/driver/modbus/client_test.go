package modbus

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
)

// slave is a port with slaves on it.
type slave struct {
	*drivertest.Port
	// answers is what the line says to a request; later is when.
	answers func(request []byte) []byte
	later   time.Duration
}

func (s *slave) Write(b []byte) (int, error) {
	n, err := s.Port.Write(b)
	if err == nil {
		answer := s.answers(b)
		time.AfterFunc(s.later, func() { s.Send(answer...) })
	}
	return n, err
}

// saying is a slave that always says b.
func saying(b ...byte) *slave {
	return &slave{Port: drivertest.NewPort(), answers: func([]byte) []byte { return b }}
}

func TestAsk(t *testing.T) {
	for _, tc := range []struct {
		name string
		says []byte
		want []uint16
		err  error
	}{
		{"golden", answer2000, []uint16{2000}, nil},
		{"with the request's echo", slices.Concat(askHolding, answer2000), []uint16{2000}, nil},
		{"silence", nil, nil, driver.ErrNoAnswer},
		{"the echo alone", askHolding, nil, driver.ErrChecksum},
		{"half", answer2000[:6], nil, driver.ErrChecksum},
		{"garbled", []byte{1, 3, 2, 7, 0xD1, 0xBB, 0xE8}, nil, driver.ErrChecksum},
		{"another unit", sealed(9, 3, 2, 0, 1), nil, driver.ErrWrongDevice},
		{"exception", noRegister2, nil, driver.ErrRefused},
		{"a great deal of noise", bytes.Repeat([]byte{1, 3, 2}, 1000), nil, driver.ErrChecksum},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := saying(tc.says...)
				got, err := New(s, 9600).Ask(t.Context(), first)
				if !errors.Is(err, tc.err) || !slices.Equal(got, tc.want) {
					t.Errorf("%v, %v, want %v, %v", got, err, tc.want, tc.err)
				}
				if !bytes.Equal(s.Written(), askHolding) {
					t.Errorf("wrote % x", s.Written())
				}
			})
		})
	}
}

func TestRefusalTellsTheCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := New(saying(noRegister2...), 9600).Ask(t.Context(), first)
		var e Exception
		if !errors.As(err, &e) || e != 2 {
			t.Errorf("%v: exception %d", err, e)
		}
	})
}

func TestLateAnswerIsNotTakenForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := true
		s := &slave{Port: drivertest.NewPort(), later: patience + 250*time.Millisecond}
		s.answers = func([]byte) []byte {
			if late {
				return sealed(1, 3, 2, 0x11, 0x11)
			}
			return answer2000
		}
		c := New(s, 9600)
		if _, err := c.Ask(t.Context(), first); !errors.Is(err, driver.ErrNoAnswer) {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		late, s.later = false, 0
		if got, err := c.Ask(t.Context(), first); err != nil || got[0] != 2000 {
			t.Errorf("%v, %v, want what was asked for last", got, err)
		}
	})
}

func TestSilenceBetweenFrames(t *testing.T) {
	for baud, want := range map[int]time.Duration{
		9600: 4010416 * time.Nanosecond, 4800: 8020833 * time.Nanosecond, 115200: 1750 * time.Microsecond,
	} {
		if got := silence(baud); got != want {
			t.Errorf("at %d baud %v, want %v", baud, got, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		c := New(saying(answer2000...), 9600)
		began := time.Now()
		for range 2 {
			if _, err := c.Ask(t.Context(), first); err != nil {
				t.Fatal(err)
			}
		}
		if passed := time.Since(began); passed < silence(9600) { // the bubble's time
			t.Errorf("two questions within %v", passed)
		}
	})
}

func TestAskEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(drivertest.NewPort(), 9600)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := c.Ask(ctx, first); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("deadline: %v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(300*time.Millisecond, cancel)
		if _, err := c.Ask(ctx, first); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

func TestLineThatNeverFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := drivertest.NewPort()
		talk := time.NewTicker(50 * time.Millisecond)
		ctx, cancel := context.WithCancel(t.Context())
		var talker sync.WaitGroup
		talker.Go(func() {
			for ctx.Err() == nil {
				select {
				case <-talk.C:
					p.Send(0x00)
				case <-ctx.Done():
				}
			}
		})
		defer talker.Wait()
		defer cancel()
		c := New(p, 9600)
		for range 2 {
			if _, err := c.Ask(t.Context(), first); !errors.Is(err, driver.ErrChecksum) {
				t.Errorf("Ask: %v", err)
			}
		}
	})
}

func TestUnplugged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := saying(answer2000...)
		c := New(s, 9600)
		s.Unplug(errors.New("gone"))
		if _, err := c.Ask(t.Context(), first); !errors.Is(err, driver.ErrUnplugged) {
			t.Errorf("Ask: %v", err)
		}
	})
}
