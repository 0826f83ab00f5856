package local

import (
	"net/http"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// nodeAnswer is a Snapshot with what people need besides to read it.
type nodeAnswer struct {
	edge.Snapshot
	Sensors []sensorAnswer `json:"sensors"`
}

type sensorAnswer struct {
	edge.SensorSnapshot
	Values []valueAnswer `json:"values"`
	// Advice is there while the sensor is not well.
	Advice map[explain.Lang]advice `json:"advice,omitempty"`
}

type valueAnswer struct {
	edge.ValueSnapshot
	Decimals int `json:"decimals"`
}

type advice struct {
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

func (s *Server) node(w http.ResponseWriter, _ *http.Request) {
	snap := s.opt.Node.Snapshot()
	a := nodeAnswer{Snapshot: snap, Sensors: make([]sensorAnswer, 0, len(snap.Sensors))}
	for _, sensor := range snap.Sensors {
		a.Sensors = append(a.Sensors, sensorAnswer{sensor, values(sensor), adviceFor(sensor)})
	}
	answer(w, http.StatusOK, a)
}

func values(sensor edge.SensorSnapshot) []valueAnswer {
	all := make([]valueAnswer, 0, len(sensor.Values))
	for _, v := range sensor.Values {
		q, _ := reading.Lookup(v.Quantity)
		all = append(all, valueAnswer{v, q.Info().Decimals})
	}
	return all
}

func adviceFor(sensor edge.SensorSnapshot) map[explain.Lang]advice {
	code := sensor.Code
	if code == "" {
		if sensor.Health != string(wire.HealthFailing) {
			return nil
		}
		code = explain.Unknown
	}
	return adviceOn(code)
}

// adviceOn explains a code in every language.
func adviceOn(code string) map[explain.Lang]advice {
	all := map[explain.Lang]advice{}
	for _, lang := range []explain.Lang{explain.ID, explain.EN} {
		what, remedy := explain.Code(code, lang)
		all[lang] = advice{what, remedy}
	}
	return all
}
