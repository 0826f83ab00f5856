package device

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// groups is how many groups were made durable.
func groups(t *testing.T, in *Intake) (n int) {
	t.Helper()
	families, err := in.reg.(prometheus.Gatherer).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "siaga_device_commit_seconds" {
			n = int(f.GetMetric()[0].GetHistogram().GetSampleCount())
		}
	}
	return n
}

// Messages of many connections that come one after the other share an fsync, and
// the first after a pause waits for nobody.
func TestMessagesOfManyConnectionsAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := open(t, config(), t.TempDir())
		stop := run(t, in)
		defer stop()
		const messages = 200
		acked := make(chan int, messages)
		began := time.Now()
		for i := range messages {
			link := in.Link(func(err error) { t.Error(err) })
			defer link.Close()
			if err := link.Take(message(fmt.Sprint(i)), func() { acked <- i }); err != nil {
				t.Fatal(err)
			}
			if synctest.Wait(); i == 0 && len(acked) != 1 {
				t.Error("the first message waits")
			}
			time.Sleep(time.Millisecond)
		}
		took := time.Since(began)
		time.Sleep(gatherGroup)
		synctest.Wait()
		if n, most := groups(t, in), int(took/gatherGroup)+2; n < 1 || n > most {
			t.Errorf("%d groups in %v, want 1 to %d", n, took, most)
		}
		if len(acked) != messages {
			t.Errorf("%d of %d messages acknowledged", len(acked), messages)
		}
	})
}

// A device that waits for each acknowledgement is not held up.
func TestOneConnectionIsNotHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := open(t, config(), t.TempDir())
		stop := run(t, in)
		defer stop()
		link := in.Link(func(err error) { t.Error(err) })
		defer link.Close()
		began := time.Now()
		for i := range 50 {
			acked := make(chan struct{})
			if err := link.Take(message(fmt.Sprint(i)), func() { close(acked) }); err != nil {
				t.Fatal(err)
			}
			<-acked
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("held up for %v", took)
		}
	})
}
