package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// askAgain is how often a command's answer is looked for.
const askAgain = 300 * time.Millisecond

func nodeDoCommand(f *centerFlags) *cobra.Command {
	var timeout time.Duration
	var lines int
	cmd := &cobra.Command{
		Use:   "do NODE restart | read SENSOR | sleep SENSOR | wake SENSOR | logs",
		Short: "Perintah ke node, dan jawabannya (have a node do something, and its answer)",
		Long: `restart  mulai ulang agen; bacaan tidak hilang (start the agent again; no reading is lost)
read     baca sensor sekarang (read a sensor now)
sleep    tidurkan sensor debu, sampai dibangunkan atau agen mulai ulang (put a particle sensor to sleep, until it is woken or the agent starts again)
wake     bangunkan (wake it)
logs     log terakhir (the last log lines)`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]any{"name": args[1], "timeout_s": int(timeout.Seconds())}
			wantsSensor := false
			switch args[1] {
			case "read", "sleep", "wake":
				wantsSensor = true
			case "logs":
				body["lines"] = lines
			case "restart":
			default:
				return fmt.Errorf("%q: restart, read, sleep, wake, logs", args[1])
			}
			if wantsSensor != (len(args) == 3) {
				return fmt.Errorf("usage: %s", cmd.UseLine())
			}
			if wantsSensor {
				body["sensor"] = args[2]
			}
			d, err := f.desk()
			if err != nil {
				return err
			}
			c, err := d.await(cmd.Context(), args[0], body)
			if err != nil {
				return err
			}
			return d.printCommand(cmd.OutOrStdout(), c)
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", time.Minute, "menunggu jawaban, sampai 10m (how long to wait for the answer)")
	cmd.Flags().IntVar(&lines, "lines", 200, "berapa baris log, 1 sampai 2000 (how many log lines)")
	return cmd
}

type commandAnswer struct {
	ID       string     `json:"id"`
	Node     string     `json:"node"`
	Name     string     `json:"name"`
	Sensor   string     `json:"sensor,omitempty"`
	Who      string     `json:"who"`
	Asked    time.Time  `json:"asked"`
	Expires  time.Time  `json:"expires"`
	State    string     `json:"state"`
	Answered *time.Time `json:"answered,omitempty"`
	Detail   string     `json:"detail,omitempty"`
	Values   []struct {
		Quantity string  `json:"quantity"`
		Value    float64 `json:"value"`
		Unit     string  `json:"unit"`
		Quality  string  `json:"quality"`
	} `json:"values,omitempty"`
	Log string `json:"log,omitempty"`
}

// await gives a command and waits for its end.
func (d *desk) await(ctx context.Context, node string, body map[string]any) (*commandAnswer, error) {
	var c commandAnswer
	if err := d.ask(ctx, http.MethodPost, atNode(node, "/commands"), nil, body, &c); err != nil {
		return nil, err
	}
	for c.State == "asked" {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(askAgain):
		}
		if err := d.ask(ctx, http.MethodGet, atNode(node, "/commands/"+c.ID), nil, nil, &c); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// printCommand shows how a command ended. That it was not done is an error.
func (d *desk) printCommand(out io.Writer, c *commandAnswer) error {
	if d.asJSON {
		if err := printJSON(out, c); err != nil {
			return err
		}
	} else {
		if len(c.Values) > 0 {
			w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, d.say("BESARAN\tNILAI\tSATUAN\tMUTU", "QUANTITY\tVALUE\tUNIT\tQUALITY"))
			for _, v := range c.Values {
				fmt.Fprintf(w, "%s\t%g\t%s\t%s\n", v.Quantity, v.Value, v.Unit, v.Quality)
			}
			if err := w.Flush(); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(out, c.Log); err != nil {
			return err
		}
	}
	switch c.State {
	case "done":
		if !d.asJSON && c.Log == "" {
			fmt.Fprintln(out, d.say("Selesai.", "Done."))
		}
		return nil
	case "timed out":
		return errors.New(d.say("node tidak menjawab dalam waktunya; mungkin sedang tidak terhubung", "the node did not answer in time; it may not be connected"))
	}
	return errors.New(d.say("node tidak dapat melakukannya: ", "the node could not do it: ") + c.Detail)
}
