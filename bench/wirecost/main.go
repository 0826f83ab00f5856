//go:build linux

// Command wirecost measures what a reading costs between a node and its center: as
// payload, and on the wire with MQTT, TCP/IP and acknowledgements. Beside our packs
// stand the same readings as plain JSON, a message each. `make bench-wire` runs it.
//
// The messages go through real MQTT connections to the embedded broker; the
// kernel counts bytes and segments on them. Every segment, also one that only
// acknowledges, is reckoned with 52 bytes of headers: IPv4 20, TCP 20 and its
// timestamps 12. Segments are no longer than on a link with an MTU of 1500 bytes. What
// the link below adds (Ethernet, LTE, PPP) and TLS come on top.
//
// It asserts nothing.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/internal/reading"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.StringVar(&o.programs, "programs", "bin", "folder with siaga-edge and siaga-sim")
	flag.IntVar(&o.rounds, "rounds", 30, "how many packs of each kind are sent")
	flag.DurationVar(&o.settle, "settle", 20*time.Second, "how long a whole node runs before it is measured")
	flag.DurationVar(&o.measure, "for", 5*time.Minute, "how long a whole node is measured; 0: not at all")
	flag.BoolVar(&o.json, "json", false, "print JSON")
	flag.Parse()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "wirecost:", err)
		os.Exit(1)
	}
}

type options struct {
	programs        string
	rounds          int
	settle, measure time.Duration
	json            bool
}

// cost is what one way of sending took, all readings together.
type cost struct {
	Way string `json:"way"`
	// Step is how often each of the twelve series is read.
	Step time.Duration `json:"step_ns"`
	// Readings and the bytes of their payloads.
	Readings int   `json:"readings"`
	Payload  int64 `json:"payload_bytes"`
	traffic
	// Aim is the most payload a reading may take; 0 is none.
	Aim float64 `json:"aim_payload_bytes_per_reading,omitempty"`
}

// nodeID is a name of its own for each connection, all as long.
func nodeID(n int) reading.NodeID { return reading.NodeID(fmt.Sprintf("sutojayan-%02d", n)) }

const (
	series   = 12
	interval = 10 * time.Second
)

func (c cost) payload() float64 { return float64(c.Payload) / float64(c.Readings) }
func (c cost) wire() float64    { return float64(c.wireBytes()) / float64(c.Readings) }

// day is how many bytes go over the wire in a day.
func (c cost) day() float64 { return c.wire() * series * float64(24*time.Hour/c.Step) }

func run(ctx context.Context, o options, out io.Writer) (err error) {
	if o.rounds < 1 {
		return errors.New("-rounds: want at least 1")
	}
	c, err := startCenter()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	all := make([]cost, len(ways))
	nodes := make([]cost, len(packIntervals))
	group, measuring := errgroup.WithContext(ctx)
	for i, w := range ways {
		group.Go(func() (err error) {
			all[i], err = measureWay(measuring, c, w, nodeID(i+1), o.rounds)
			return err
		})
	}
	for i, every := range packIntervals {
		if o.measure == 0 {
			nodes = nil
			break
		}
		group.Go(func() (err error) {
			nodes[i], err = measureNode(measuring, o, c, every, nodeID(len(ways)+i+1))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	all = append(all, nodes...)
	if o.json {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	}
	return show(out, all)
}

func show(out io.Writer, all []cost) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(table, "%d series, each read every %v\tpayload a reading\taim\ton the wire a reading\tup\tdown\tsegments a reading\ta day\ta month of 30 days\n", series, interval)
	for _, c := range all {
		aim := ""
		if c.Aim > 0 {
			if aim = fmt.Sprintf("≤ %.0f: reached", c.Aim); c.payload() > c.Aim {
				aim = fmt.Sprintf("≤ %.0f: missed", c.Aim)
			}
		}
		n := float64(c.Readings)
		fmt.Fprintf(table, "%s\t%.2f bytes\t%s\t%.1f bytes\t%.1f\t%.1f\t%.2f\t%.2f MB\t%.1f MB\n", c.Way, c.payload(), aim, c.wire(),
			float64(c.upBytes())/n, float64(c.downBytes())/n, float64(c.SegmentsUp+c.SegmentsDown)/n, c.day()/1e6, 30*c.day()/1e6)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(out, legend)
	return err
}

const legend = `
On the wire: MQTT at QoS 1 with the broker's PUBACK, for packs also the center's
acknowledgement, in TCP segments of 1448 bytes at most with 52 bytes of headers each
(IPv4 20, TCP 20, timestamps 12), pure TCP acknowledgements among them. Not in it:
the link below, TLS. The first rows are these messages alone; a node as it runs
sends and gets besides its own state each minute and the center's state each 10 s.
A day: of twelve series, the reference pack's of one reading each 2 s. Values are those
of the simulated world.
`
