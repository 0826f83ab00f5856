package ads1115

import (
	"sync"

	"github.com/siaga-id/siaga/edge/driver"
)

// converter is what all users of one converter share.
type converter struct {
	key   key
	users int // guarded by converters
	// turn holds one token while somebody converts; its queue is fair.
	turn chan struct{}
}

type key struct {
	board driver.Board
	bus   string // as the handle calls it: a bus has several names
	addr  uint16
}

// converters are those that are open in this process.
var converters = struct {
	sync.Mutex
	open map[key]*converter
}{open: map[key]*converter{}}

func share(b driver.Board, bus string, addr uint16) *converter {
	k := key{b, bus, addr}
	converters.Lock()
	defer converters.Unlock()
	c := converters.open[k]
	if c == nil {
		c = &converter{key: k, turn: make(chan struct{}, 1)}
		converters.open[k] = c
	}
	c.users++
	return c
}

// leave forgets the converter with its last user.
func (c *converter) leave() {
	converters.Lock()
	defer converters.Unlock()
	if c.users--; c.users == 0 {
		delete(converters.open, c.key)
	}
}
