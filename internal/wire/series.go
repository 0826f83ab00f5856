package wire

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/siaga-id/siaga/internal/reading"
)

// series is what the name of a record means. It stays the same until a record
// names another.
type series struct {
	known    bool
	named    bool // by a record's own name, which holds for that record only
	name     []byte
	sensor   reading.SensorID
	quantity reading.Quantity
	problem  string
}

// lookUp makes the record's series the current one. A name that is not a
// sensor's of this node is the record's problem; one of another node is the
// pack's, since nobody could say whose readings the others are.
func (d *Decoder) lookUp(r *record) *DecodeError {
	name := d.base.name
	named := r.has.has(fieldN)
	if named {
		d.name = append(append(d.name[:0], d.base.name...), r.n...)
		name = d.name
	}
	d.series = series{known: true, named: named, name: name}
	node, rest, _ := bytes.Cut(name, slash)
	sensor, quantity, ok := bytes.Cut(rest, slash)
	if !ok || !reading.ValidID(node) {
		d.series.problem = "its name is not <node>/<sensor>/<quantity>"
		return nil
	}
	if d.pack.Node == "" {
		d.pack.Node = reading.NodeID(node)
	} else if string(node) != string(d.pack.Node) {
		return &DecodeError{BadNode, fmt.Sprintf("is of node %s, but those before are of %s", node, d.pack.Node)}
	}
	if !reading.ValidID(sensor) {
		d.series.problem = fmt.Sprintf("%q is not a sensor id", clip(string(sensor)))
		return nil
	}
	if d.series.quantity, ok = reading.Lookup(quantity); !ok {
		d.series.problem = fmt.Sprintf("quantity %q is not known here", clip(string(quantity)))
		return nil
	}
	d.series.sensor = d.intern(sensor)
	return nil
}

var slash = []byte("/")

func (d *Decoder) intern(sensor []byte) reading.SensorID {
	if id, ok := d.sensors[string(sensor)]; ok {
		return id
	}
	if d.sensors == nil || len(d.sensors) >= maxInterned {
		d.sensors = make(map[string]reading.SensorID)
	}
	id := reading.SensorID(sensor)
	d.sensors[string(id)] = id
	return id
}

// printable returns a record's name for people: as it is where SenML allows it,
// else quoted.
func printable(name []byte) string {
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != ':' && c != '.' && c != '/' && c != '_' {
			return strconv.Quote(clip(string(name)))
		}
	}
	return clip(string(name))
}
