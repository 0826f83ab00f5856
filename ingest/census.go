package ingest

import (
	"sync"

	"github.com/siaga-id/siaga/internal/reading"
)

// census bounds how many series nodes can make, since each costs InfluxDB memory
// for ever. It counts from the start of the process and is safe for concurrent use.
type census struct {
	maxNodes, maxSensors int
	// enrolled tells the nodes that do not count against maxNodes. It may be nil.
	enrolled func(reading.NodeID) bool

	mu        sync.Mutex
	nodes     map[reading.NodeID]map[reading.SensorID]struct{}
	strangers int // of the nodes, those that were not enrolled when they came
}

// admitNode reports whether the node may send.
func (c *census) admitNode(node reading.NodeID) bool {
	c.mu.Lock()
	_, known := c.nodes[node]
	c.mu.Unlock()
	if known {
		return true
	}
	enrolled := c.enrolled != nil && c.enrolled(node) // not ours: never under the lock
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.nodes[node]; known {
		return true
	}
	if !enrolled {
		if c.strangers >= c.maxNodes {
			return false
		}
		c.strangers++
	}
	c.nodes[node] = make(map[reading.SensorID]struct{})
	return true
}

// admitSensor reports whether the node, which was admitted, may have the sensor.
func (c *census) admitSensor(node reading.NodeID, sensor reading.SensorID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	sensors := c.nodes[node]
	if _, known := sensors[sensor]; known {
		return true
	}
	if len(sensors) >= c.maxSensors {
		return false
	}
	sensors[sensor] = struct{}{}
	return true
}

func (c *census) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.nodes)
}
