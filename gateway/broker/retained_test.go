package broker

import (
	"fmt"
	"sync"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// Subscribing with a wildcard while others retain, also for the first time, and
// also by their Wills, is what every node does when the center starts.
func TestRetainingWhileSubscribing(t *testing.T) {
	b, _ := start(t, Options{})
	const clients, rounds = 4, 25
	var wg sync.WaitGroup
	for c := range clients {
		for r := range rounds {
			wg.Go(func() {
				if err := b.Publish(fmt.Sprintf("siaga/center/v1/c%d-%d/state", c, r), []byte("{}"), true, 1); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			subscriber := connect(t, b, fmt.Sprintf("subscriber-%d", c), nil)
			for range rounds {
				wait(t, subscriber.Subscribe("siaga/center/v1/+/state", 1, func(mqtt.Client, mqtt.Message) {}))
				wait(t, subscriber.Subscribe("siaga/v1/#", 1, func(mqtt.Client, mqtt.Message) {}))
			}
		})
		wg.Go(func() {
			for r := range rounds {
				topic := fmt.Sprintf("siaga/v1/node-%d/state", r)
				publisher := connect(t, b, fmt.Sprintf("publisher-%d", c), func(o *mqtt.ClientOptions) {
					o.SetWill(topic, "gone", 1, true)
				})
				wait(t, publisher.Publish(topic, 1, true, "here"))
				publisher.cut()
			}
		})
	}
	wg.Wait()

	// Nobody has kept the lock: a message is retained and found.
	if err := b.Publish("siaga/center/v1/last/state", []byte("last"), true, 1); err != nil {
		t.Fatal(err)
	}
	found := make(chan struct{})
	var once sync.Once
	late := connect(t, b, "late", nil)
	wait(t, late.Subscribe("siaga/center/v1/+/state", 1, func(_ mqtt.Client, m mqtt.Message) {
		if string(m.Payload()) == "last" {
			once.Do(func() { close(found) })
		}
	}))
	<-found
}

// Who asks for no wildcard, as a node for its acknowledgements, does not wait while
// others retain.
func TestOnlyWildcardsWaitForRetaining(t *testing.T) {
	b, _ := start(t, Options{})
	c := connect(t, b, "n1", nil)
	b.hook.retained.mu.Lock() // as while a message is retained
	defer b.hook.retained.mu.Unlock()
	wait(t, c.Subscribe("siaga/v1/n1/ack", 0, func(mqtt.Client, mqtt.Message) {}))
	wait(t, c.Publish("siaga/v1/n1/live", 1, false, "x"))
}
