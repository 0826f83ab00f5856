package local

import (
	"net/http"
	"slices"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/internal/reading"
)

// Corrections is what was ever corrected on a node.
type Corrections struct {
	// Version grows with every change.
	Version int `json:"version"`
	// Sensors holds the history of each of the node's sensors.
	Sensors map[reading.SensorID]History `json:"sensors"`
}

// History is what people did to one sensor's corrections, the oldest first.
type History struct {
	Entries []calibration.Entry `json:"entries"`
	// Dropped counts older entries that had to go.
	Dropped int `json:"dropped,omitempty"`
}

type undoRequest struct {
	Sensor   reading.SensorID `json:"sensor"`
	Quantity string           `json:"quantity"`
	Author   string           `json:"author"`
	Reason   string           `json:"reason"`
}

type replaceRequest struct {
	Sensor reading.SensorID `json:"sensor"`
	Author string           `json:"author"`
	Reason string           `json:"reason"`
}

type versionAnswer struct {
	Version int `json:"version"`
}

func (s *Server) calibrations(w http.ResponseWriter, _ *http.Request) {
	c := Corrections{Version: s.opt.Store.Version(), Sensors: map[reading.SensorID]History{}}
	for sensor := range s.opt.Gives {
		entries, dropped := s.opt.Store.History(sensor)
		c.Sensors[sensor] = History{entries, dropped}
	}
	answer(w, http.StatusOK, c)
}

func (s *Server) setCorrection(w http.ResponseWriter, r *http.Request) {
	var c calibration.Correction
	if !read(w, r, &c) || !s.known(w, c.Sensor) {
		return
	}
	if err := calibration.Check(c, s.gives(c.Sensor)); err != nil {
		refuse(w, http.StatusUnprocessableEntity, CodeRefused, err.Error())
		return
	}
	version, err := s.opt.Store.Set(c)
	s.changed(w, "correction set", c.Sensor, c.Author, versionAnswer{version}, err)
}

func (s *Server) undo(w http.ResponseWriter, r *http.Request) {
	var u undoRequest
	if !read(w, r, &u) || !s.known(w, u.Sensor) {
		return
	}
	q, ok := reading.Lookup(u.Quantity)
	if !ok {
		refuse(w, http.StatusUnprocessableEntity, CodeRefused, "there is no quantity "+u.Quantity)
		return
	}
	entry, err := s.opt.Store.Undo(u.Sensor, q, u.Author, u.Reason)
	s.changed(w, "correction undone", u.Sensor, u.Author, entry, err)
}

func (s *Server) replace(w http.ResponseWriter, r *http.Request) {
	var p replaceRequest
	if !read(w, r, &p) || !s.known(w, p.Sensor) {
		return
	}
	err := s.opt.Store.Replace(p.Sensor, p.Author, p.Reason)
	s.changed(w, "sensor replaced", p.Sensor, p.Author, versionAnswer{s.opt.Store.Version()}, err)
}

// gives returns what a sensor gives, with the level that a datum measured since
// has made.
func (s *Server) gives(sensor reading.SensorID) []reading.Quantity {
	all := s.opt.Gives[sensor]
	if _, ok := s.opt.Store.Datum(sensor); ok {
		all = append(slices.Clone(all), reading.Level)
	}
	return all
}

// known refuses a sensor that the node does not have.
func (s *Server) known(w http.ResponseWriter, sensor reading.SensorID) bool {
	_, ok := s.opt.Gives[sensor]
	if !ok {
		refuse(w, http.StatusUnprocessableEntity, CodeRefused, "this node has no sensor "+string(sensor))
	}
	return ok
}

// changed answers with what became of a change.
func (s *Server) changed(w http.ResponseWriter, what string, sensor reading.SensorID, author string, became any, err error) {
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, CodeRefused, err.Error())
		return
	}
	s.opt.Logger.Info(what, "sensor", sensor, "author", author)
	answer(w, http.StatusOK, became)
}
