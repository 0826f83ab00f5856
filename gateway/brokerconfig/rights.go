package brokerconfig

import "github.com/siaga-id/siaga/internal/wire"

// checkTopics are what `siaga check` tries a broker with.
const checkTopics = "siaga/check/+"

// user is a client with a password, and its rights.
type user struct {
	name               string
	publish, subscribe []string
}

// users are the center and the ingesters. Each takes packs in, as the center does
// too where it has an InfluxDB of its own.
func (o Options) users() []user {
	takes := []string{
		wire.Filter(wire.Live), wire.Filter(wire.Fill), wire.Filter(wire.State), wire.CenterFilter,
	}
	all := []user{{
		name: o.Center,
		publish: []string{
			wire.Filter(wire.AckChannel), wire.Filter(wire.Config), wire.Filter(wire.Cmd), wire.CenterTopic(o.Center),
			checkTopics,
		},
		subscribe: append([]string{wire.Filter(wire.ConfigReported), wire.Filter(wire.Reply), checkTopics}, takes...),
	}}
	for _, name := range o.Ingesters {
		all = append(all, user{
			name: name, publish: []string{wire.Filter(wire.AckChannel), wire.CenterTopic(name)}, subscribe: takes,
		})
	}
	return all
}
