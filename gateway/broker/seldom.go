package broker

import (
	"reflect"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// expiryEvery is how often mochi looks for messages that have expired. Each look
// copies all of them: with ten thousand nodes' retained states, once a second was a
// seventh of all memory that a center allocates. What is late by as much is a
// retained message of version 5 with an expiry, or one that waits for a client.
const expiryEvery = 15 * time.Second

// lookSeldom sets the tickers for which mochi has no option. With a mochi that has
// others it does nothing, which a test finds out.
func lookSeldom(s *mqtt.Server) {
	for _, name := range []string{"retainedExpiry", "inflightExpiry"} {
		if ticker := expiryTicker(s, name); ticker != nil {
			ticker.Reset(expiryEvery)
		}
	}
}

// expiryTicker is nil where there is none of that name.
func expiryTicker(s *mqtt.Server, name string) *time.Ticker {
	loop := reflect.ValueOf(s).Elem().FieldByName("loop")
	if !loop.IsValid() || loop.Kind() != reflect.Pointer || loop.IsNil() {
		return nil
	}
	ticker := loop.Elem().FieldByName(name)
	if !ticker.IsValid() || ticker.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return (*time.Ticker)(ticker.UnsafePointer())
}
