package fleet

import (
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
)

func TestAStepMovesOneNodesUTCAndNoBootTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		run(t, testOptions(t, 2), func(f *Fleet) {
			if err := f.StepClock("nowhere-01", time.Hour); err == nil {
				t.Error("a node that is not there was stepped")
			}
			first, second := f.clocks["sutojayan-01"], f.clocks[string(world.VillageAt(1).Node)]
			was, boot := first.UTC(), first.Boot()
			for _, by := range []time.Duration{-time.Minute, 1500 * time.Millisecond} {
				if err := f.StepClock("sutojayan-01", by); err != nil {
					t.Fatal(err)
				}
			}
			if got := first.UTC().UnixMS - was.UnixMS; got != -58_500 || first.Boot() != boot || second.UTC() != was {
				t.Errorf("the stepped clock moved by %d ms, its boot time by %v, another's is %+v, was %+v", got, first.Boot()-boot, second.UTC(), was)
			}
		})
	})
}
