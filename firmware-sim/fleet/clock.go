package fleet

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/wire"
)

// nodeClock is the world's time as a node's boot clock. The simulator knows its
// time, so the node counts as synchronised.
type nodeClock struct {
	world *world.Clock
	boot  string
}

var _ edge.Clock = nodeClock{}

// newNodeClock begins a boot of its own: boot times count from the world
// clock's start, so another start is another boot.
func newNodeClock(c *world.Clock) nodeClock {
	return nodeClock{world: c, boot: strings.ToLower(rand.Text()[:12])}
}

func (c nodeClock) BootID() string { return c.boot }

func (c nodeClock) Boot() time.Duration { return c.world.Boot() }

func (c nodeClock) UTC() edge.Offset {
	return edge.Offset{UnixMS: c.world.Start().UnixMilli(), State: wire.Synced}
}

func (c nodeClock) WaitUntil(ctx context.Context, boot time.Duration) error {
	return c.world.Sleep(ctx, boot-c.world.Boot())
}
