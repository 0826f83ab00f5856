package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

type statusAnswer struct {
	Time              time.Time  `json:"time"`
	Version           string     `json:"version"`
	Demo              bool       `json:"demo"`
	NodesOnline       int        `json:"nodes_online"`
	NodesTotal        int        `json:"nodes_total"`
	ReadingsPerSecond float64    `json:"readings_per_second"`
	DelayP50S         *float64   `json:"delivery_delay_p50_s"`
	DelayP99S         *float64   `json:"delivery_delay_p99_s"`
	OpenGaps          int        `json:"open_gaps"`
	Quarantined       int        `json:"quarantined"`
	Accepting         bool       `json:"accepting"`
	NotAccepting      string     `json:"not_accepting"`
	Newest            *time.Time `json:"newest"`
	Walls             []struct {
		ID     string     `json:"id"`
		Newest *time.Time `json:"newest"`
		Seen   time.Time  `json:"seen"`
	} `json:"walls"`
}

func statusCommand() *cobra.Command {
	var url string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Keadaan pusat yang sedang berjalan (how a running center is doing)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var s statusAnswer
			if err := newCenterClient(url).call(cmd.Context(), "GET", "/api/v1/status", nil, &s); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), s)
			}
			return s.print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&url, "center", defaultCenter, "the center's address")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (s statusAnswer) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	row := func(label, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", label, fmt.Sprintf(format, args...))
	}
	mode := "nyata (real)"
	if s.Demo {
		mode = "SIMULASI (simulated)"
	}
	row("Data", "%s", mode)
	row("Node daring (online)", "%d / %d", s.NodesOnline, s.NodesTotal)
	row("Bacaan per detik (readings/s)", "%.1f", s.ReadingsPerSecond)
	row("Keterlambatan kirim p50 / p99 (delay)", "%s / %s", seconds(s.DelayP50S), seconds(s.DelayP99S))
	row("Celah data (open gaps)", "%d", s.OpenGaps)
	row("Karantina (quarantined)", "%d", s.Quarantined)
	if s.Accepting {
		row("Menerima data (accepting)", "✓ ya (yes)")
	} else {
		row("Menerima data (accepting)", "✗ tidak (no): %s", s.NotAccepting)
	}
	if s.Newest != nil {
		row("Bacaan terbaru (newest reading)", "%s", s.Newest.Local().Format("2006-01-02 15:04:05 MST"))
	} else {
		row("Bacaan terbaru (newest reading)", "tidak ada (none)")
	}
	for _, wall := range s.Walls {
		row("Dinding (wall) "+wall.ID, "terlihat %s lalu (seen ago)", s.Time.Sub(wall.Seen).Round(time.Second))
	}
	return w.Flush()
}

func seconds(s *float64) string {
	if s == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f s", *s)
}
