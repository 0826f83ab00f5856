package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/edge/readout"
	"github.com/siaga-id/siaga/internal/spool"
)

func newQueue() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "Apa yang menunggu dikirim, dan cukup berapa lama ruangnya (what waits to be sent, and how long the room lasts)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, cfg, lang, err := settings(cmd)
			if err != nil {
				return err
			}
			q, running, err := queueOf(cmd.Context(), cfg, lang)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(q)
			}
			return printQueue(cmd.OutOrStdout(), q, running, lang)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON, dengan semua rentang paket (JSON, with all ranges of packs)")
	return cmd
}

// queueOf asks the running agent, or looks at its files while none runs.
func queueOf(ctx context.Context, cfg edge.Config, lang explain.Lang) (q edge.QueueSnapshot, running bool, err error) {
	client, err := local.Dial(cfg.SocketPath())
	if err == nil {
		defer client.Close()
		snap, err := client.Snapshot(ctx)
		return snap.Queue, true, err
	}
	if !errors.Is(err, local.ErrNotRunning) {
		return q, false, err
	}
	clock, err := edge.NewSystemClock()
	if err != nil {
		return q, false, err
	}
	q, err = readout.Queue(cfg, clock)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New(lang.Say("belum ada antrean di %s: agen belum pernah berjalan", "there is no queue in %s: the agent never ran", cfg.DataDir))
	case errors.Is(err, spool.ErrLocked):
		err = errors.New(lang.Say("agen berjalan, tetapi tidak menjawab di %s: tunggu sebentar, atau nyalakan ulang (sudo systemctl restart siaga-edge)",
			"an agent runs but does not answer at %s: wait a moment, or restart it (sudo systemctl restart siaga-edge)", cfg.SocketPath()))
	case errors.Is(err, fs.ErrPermission):
		what, remedy := explain.Code(explain.Permission, lang)
		err = fmt.Errorf("%w: %s %s", err, what, remedy)
	}
	return q, false, err
}

func printQueue(w io.Writer, q edge.QueueSnapshot, running bool, lang explain.Lang) error {
	oldest := "–"
	if q.Packs > 0 {
		oldest = lang.Pick("belum diketahui", "not known")
		if q.OldestAgeS != nil {
			oldest = ageText(*q.OldestAgeS, lang)
		}
	}
	left := lang.Pick("belum diketahui", "not known yet")
	if q.DaysLeft != nil {
		left = ageText(min(*q.DaysLeft, 3650)*86400, lang)
	}
	agent := lang.Pick("tidak berjalan", "not running")
	if running {
		agent = lang.Pick("berjalan", "running")
	}
	rows := [][]string{
		{lang.Pick("Agen", "Agent"), agent},
		{lang.Pick("Menunggu dikirim", "Waiting to be sent"), lang.Say("%d paket, %s", "%d packs, %s", q.Packs, byteText(float64(q.Bytes)))},
		{lang.Pick("Tertua", "Oldest"), oldest},
		{lang.Pick("Terpakai di disk", "Used on disk"), lang.Say("%s dari %s", "%s of %s", byteText(float64(q.DiskBytes)), byteText(float64(q.MaxBytes)))},
		{lang.Pick("Sisa ruang", "Room left"), byteText(float64(q.RoomBytes))},
		{lang.Pick("Cukup untuk", "Lasts for"), left},
	}
	if q.GivenUp > 0 {
		rows = append(rows, []string{lang.Pick("Hilang", "Lost"), lang.Say("%d paket", "%d packs", q.GivenUp)})
	}
	for _, line := range align(rows) {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}
