//go:build !linux

package edge

import "errors"

// NewSystemClock says that there is none: a node runs Linux. Simulated nodes,
// which run anywhere, bring their own clock.
func NewSystemClock() (Clock, error) {
	return nil, errors.New("this system has no boot clock that a node can trust: run siaga-edge on Linux, or siaga-sim for simulated nodes")
}
