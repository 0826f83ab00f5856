//go:build integration

package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// asNodes is the environment variable by which this test's own program runs as a
// fleet: siaga-sim takes no orders while it runs.
const asNodes = "SIAGA_TEST_CHAOS_NODES"

// nodesOrder is what it is told there.
type nodesOrder struct {
	Broker, Dir string
	Villages    []int // as world.VillageAt counts them
	Seed        uint64
}

// nodesSaid is what it says, a line each half second and once more at its end.
type nodesSaid struct {
	Queued  uint64 `json:"queued"`
	Lost    uint64 `json:"lost"` // readings that never came onto the card
	Waiting uint64 `json:"waiting"`
}

const (
	// orderStop ends measuring, and the program once all is acknowledged.
	orderStop = "stop"
	// orderStep is followed by a node and a duration.
	orderStep = "step"
)

// runNodes runs a fleet and returns the exit code.
func runNodes(order string) int {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})))
	if err := obey(order); err != nil {
		slog.Error("fleet ended", "err", err)
		return 1
	}
	return 0
}

func obey(order string) error {
	var o nodesOrder
	if err := json.Unmarshal([]byte(order), &o); err != nil {
		return err
	}
	opt := fleet.Options{
		Seed: o.Seed, Dir: o.Dir, MQTT: mqtt.Config{URL: "tcp://" + o.Broker}, PackInterval: time.Second, Version: "chaos",
	}
	for _, i := range o.Villages {
		opt.Villages = append(opt.Villages, world.VillageAt(i))
	}
	f, err := fleet.New(opt)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	orders := make(chan string)
	go listen(os.Stdin, orders)
	say := func() {
		n := f.Counts()
		_ = json.NewEncoder(os.Stdout).Encode(nodesSaid{n.QueuedReadings, n.LostReadings, n.WaitingPacks}) // nobody may listen any more
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	settling := false
	for {
		select {
		case err := <-ended:
			say()
			return err
		case line := <-orders:
			fields := strings.Fields(line)
			switch {
			case line == orderStop:
				f.StopSampling()
				settling = true
			case len(fields) == 3 && fields[0] == orderStep:
				by, err := time.ParseDuration(fields[2])
				if err == nil {
					err = f.StepClock(fields[1], by)
				}
				if err != nil {
					return err
				}
			default:
				return fmt.Errorf("order %q is not understood", line)
			}
		case <-tick.C:
			say()
			if settling && f.Counts().WaitingPacks == 0 {
				stop()
			}
		}
	}
}

// listen sends the lines of r until there are no more.
func listen(r io.Reader, orders chan<- string) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		orders <- lines.Text()
	}
}
