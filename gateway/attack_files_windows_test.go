package gateway

import (
	"math"
	"testing"
)

// most is how many silent connections this process may have open.
func most(*testing.T) int { return math.MaxInt }
