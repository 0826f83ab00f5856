package broker

import (
	"testing"
	"testing/synctest"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// mochi is asked by the names of fields that it does not promise to keep.
func TestMochiLooksSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mqtt.New(nil)
		lookSeldom(s)
		for _, name := range []string{"retainedExpiry", "inflightExpiry"} {
			ticker := expiryTicker(s, name)
			if ticker == nil {
				t.Fatalf("mochi has no %s", name)
			}
			began := time.Now()
			<-ticker.C
			if first := time.Since(began); first > expiryEvery {
				t.Errorf("%s after %v", name, first)
			}
			began = time.Now()
			if <-ticker.C; time.Since(began) != expiryEvery {
				t.Errorf("%s every %v", name, time.Since(began))
			}
		}
		if expiryTicker(s, "nothing") != nil {
			t.Error("a ticker that there is not")
		}
	})
}
