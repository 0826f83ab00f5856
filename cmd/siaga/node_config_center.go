package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// centerAnswer is where a node is told to find its center.
type centerAnswer struct {
	Addresses []string `json:"addresses"`
	Brokers   []string `json:"brokers"`
	CAs       []string `json:"cas"`
}

type nodeCenterAnswer struct {
	Node    string        `json:"node"`
	InForce *centerAnswer `json:"in_force,omitempty"`
	Trial   bool          `json:"trial"`
	Desired *struct {
		Center  centerAnswer `json:"center"`
		Version uint64       `json:"version"`
		State   string       `json:"state"`
		Detail  string       `json:"detail,omitempty"`
	} `json:"desired,omitempty"`
}

type toldAnswer struct {
	Node    string `json:"node"`
	Version uint64 `json:"version"`
	Sent    bool   `json:"sent"`
	Problem string `json:"problem,omitempty"`
}

// leadership is what nodes are to be told of their center.
type leadership struct {
	addresses, brokers, caFiles []string
	clear, all                  bool
	reason                      string
}

func (l *leadership) says() bool {
	return l.clear || len(l.addresses)+len(l.brokers)+len(l.caFiles) > 0
}

func configCenterCommand(f *centerFlags) *cobra.Command {
	var l leadership
	cmd := &cobra.Command{
		Use:   "center [NODE... | --all] [--address HOST:PORT]... [--broker HOST:PORT]... [--ca FILE]... --reason WHY",
		Short: "Alamat pusat dan otoritas yang dipercaya node (where nodes find their center, and whom they trust)",
		Long: `Tanpa NODE dan --all: tampilkan. Node mencoba alamat dan otoritas yang baru, dan kembali sendiri
ke yang lama bila 10 menit tidak menemukan pusat. Sebutkan semua alamat yang harus dicoba, berurutan.
--ca memuat semua otoritas yang dipercaya sejak itu: siaga ca show --pem > ca.pem
(Without NODE and --all: shows. Nodes try the new addresses and authorities, and go back by themselves
to the old ones if they do not find the center for 10 minutes. Name all addresses to try, in their order.
--ca holds all authorities that are trusted from then on.)`,
		RunE: func(cmd *cobra.Command, nodes []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			switch {
			case !l.says() && !l.all:
				return d.showCenters(cmd.Context(), cmd.OutOrStdout(), nodes)
			case !l.says():
				return errors.New(d.say("sebutkan --address, --broker, --ca atau --clear", "name --address, --broker, --ca or --clear"))
			case l.all == (len(nodes) > 0):
				return errors.New(d.say("sebutkan NODE, atau --all untuk semua", "name nodes, or --all for all of them"))
			case l.reason == "":
				return errors.New(d.say("sebutkan alasannya: --reason", "say why: --reason"))
			}
			return d.setCenters(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), nodes, &l)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&l.addresses, "address", nil, "alamat pusat (address of the center; again for more)")
	flags.StringSliceVar(&l.brokers, "broker", nil, "alamat broker lain (address of an external broker; again for more)")
	flags.StringSliceVar(&l.caFiles, "ca", nil, "berkas PEM otoritas yang dipercaya (file with authorities to trust; again for more)")
	flags.BoolVar(&l.clear, "clear", false, "lupakan yang dikatakan sebelumnya (forget what was said before: enrolment and renewals count)")
	flags.BoolVar(&l.all, "all", false, "semua node yang bertugas (all nodes in service)")
	flags.StringVar(&l.reason, "reason", "", "alasan (why)")
	return cmd
}

// atOnce is how many nodes one request tells, so that it ends well before the center
// would give it up.
const atOnce = 200

func (d *desk) setCenters(ctx context.Context, out, progress io.Writer, nodes []string, l *leadership) error {
	cas, err := readAuthorities(l.caFiles)
	if err != nil {
		return err
	}
	if l.all {
		if nodes, err = d.inService(ctx); err != nil {
			return err
		}
	}
	var told struct {
		Nodes []toldAnswer `json:"nodes"`
	}
	told.Nodes = []toldAnswer{}
	for some := range slices.Chunk(nodes, atOnce) {
		var answer struct {
			Nodes []toldAnswer `json:"nodes"`
		}
		if err := d.ask(ctx, http.MethodPut, "/api/v1/configurations/center", nil, map[string]any{
			"nodes": some, "reason": l.reason, "clear": l.clear,
			"center": map[string]any{"addresses": l.addresses, "brokers": l.brokers, "cas": cas},
		}, &answer); err != nil && len(told.Nodes) == 0 {
			return err
		} else if err != nil {
			return fmt.Errorf(d.say("%d dari %d node sudah diberi tahu; jalankan lagi untuk sisanya: %w", "%d of %d nodes are told; run it again for the rest: %w"), len(told.Nodes), len(nodes), err)
		}
		told.Nodes = append(told.Nodes, answer.Nodes...)
		if len(nodes) > atOnce {
			fmt.Fprintf(progress, d.say("%d dari %d node\n", "%d of %d nodes\n"), len(told.Nodes), len(nodes))
		}
	}
	if d.asJSON {
		return printJSON(out, told)
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, n := range told.Nodes {
		word := d.say("sudah begitu", "has it already")
		switch {
		case n.Problem != "":
			word = n.Problem
		case n.Sent:
			word = fmt.Sprintf(d.say("versi %d dikirim", "version %d is sent"), n.Version)
		}
		fmt.Fprintf(w, "%s\t%s\n", n.Node, word)
	}
	return w.Flush()
}

// readAuthorities returns the certificates in PEM files, one text each.
func readAuthorities(files []string) (cas []string, err error) {
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read authorities: %w", err)
		}
		before := len(cas)
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			if block.Type != "CERTIFICATE" {
				return nil, fmt.Errorf("read authorities: %s holds a %s, which is not for others: siaga ca show --pem writes what is", file, block.Type)
			}
			cas = append(cas, string(pem.EncodeToMemory(block)))
		}
		if len(cas) == before {
			return nil, fmt.Errorf("read authorities: %s holds no PEM block: siaga ca show --pem writes them", file)
		}
	}
	return cas, nil
}

// inService are the nodes that can be told, those that are not retired.
func (d *desk) inService(ctx context.Context) (nodes []string, err error) {
	var all struct {
		Nodes []nodeCenterAnswer `json:"nodes"`
	}
	if err := d.ask(ctx, http.MethodGet, "/api/v1/configurations/center", nil, nil, &all); err != nil {
		return nil, err
	}
	for _, n := range all.Nodes {
		nodes = append(nodes, n.Node)
	}
	return nodes, nil
}

func (d *desk) showCenters(ctx context.Context, out io.Writer, only []string) error {
	var all struct {
		Nodes []nodeCenterAnswer `json:"nodes"`
	}
	if err := d.ask(ctx, http.MethodGet, "/api/v1/configurations/center", nil, nil, &all); err != nil {
		return err
	}
	named := map[string]bool{}
	for _, n := range only {
		named[n] = true
	}
	shown := all.Nodes[:0:0]
	for _, n := range all.Nodes {
		if len(only) == 0 || named[n.Node] {
			shown = append(shown, n)
		}
	}
	if d.asJSON {
		return printJSON(out, map[string]any{"nodes": shown})
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, d.say("NODE\tBERLAKU\tDIMINTA\tKEADAAN", "NODE\tIN FORCE\tDESIRED\tSTATE"))
	for _, n := range shown {
		inForce, desired, state := d.say("belum dilaporkan", "not told yet"), "", ""
		if n.InForce != nil {
			inForce = d.center(*n.InForce)
		}
		if v := n.Desired; v != nil {
			desired, state = d.center(v.Center), d.standing(&versionAnswer{State: v.State, Detail: v.Detail})
			if n.Trial {
				state += d.say(" (percobaan)", " (on trial)")
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", n.Node, inForce, desired, state)
	}
	return w.Flush()
}

// center is where a node goes, in one line.
func (d *desk) center(c centerAnswer) string {
	var parts []string
	for _, list := range [][]string{c.Addresses, c.Brokers, c.CAs} {
		if len(list) > 0 {
			parts = append(parts, strings.Join(list, ", "))
		}
	}
	if len(parts) == 0 {
		return d.say("seperti saat mendaftar", "as enrolled")
	}
	return strings.Join(parts, "; ")
}
