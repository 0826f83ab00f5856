package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
)

func nodeConfigCommand(f *centerFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Konfigurasi node: lihat, ubah, riwayat (a node's configuration)",
		Long: `Yang dapat diubah dari pusat: pack_interval, queue, send, page.listen, sensors, dan center.
Node memeriksa semuanya sebelum memakainya, dan kembali ke versi sebelumnya bila 10 menit kehilangan pusat.
(From the center pack_interval, queue, send, page.listen, sensors, and center can be changed.
The node checks all of it before it uses it, and goes back to the version before if it loses the center for 10 minutes.)`,
	}
	cmd.AddCommand(configShowCommand(f), configSetCommand(f), configHistoryCommand(f), configDiffCommand(f), configCenterCommand(f))
	return cmd
}

// versionAnswer is one version of a node's configuration.
type versionAnswer struct {
	Version uint64         `json:"version"`
	Based   uint64         `json:"based"`
	Origin  string         `json:"origin"`
	Author  string         `json:"author"`
	Reason  string         `json:"reason"`
	Time    time.Time      `json:"time"`
	State   string         `json:"state"`
	Detail  string         `json:"detail,omitempty"`
	Body    map[string]any `json:"body,omitempty"`
}

type configAnswer struct {
	Node        string             `json:"node"`
	Newest      uint64             `json:"newest"`
	Reported    *time.Time         `json:"reported,omitempty"`
	InForce     *versionAnswer     `json:"in_force,omitempty"`
	Trial       bool               `json:"trial"`
	Desired     *versionAnswer     `json:"desired,omitempty"`
	Corrections []correctionAnswer `json:"corrections"`
}

type correctionAnswer struct {
	Sensor   string    `json:"sensor"`
	Quantity string    `json:"quantity"`
	Version  uint64    `json:"version"`
	Kind     string    `json:"kind"`
	Date     time.Time `json:"date"`
	Author   string    `json:"author"`
	Reason   string    `json:"reason"`
}

func (d *desk) config(ctx context.Context, node string) (*configAnswer, error) {
	var c configAnswer
	if err := d.ask(ctx, http.MethodGet, atNode(node, "/configuration"), nil, nil, &c); err != nil {
		return nil, err
	}
	return &c, nil
}

func configShowCommand(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use: "show NODE", Short: "Yang berlaku dan yang diminta (in force, and desired)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			c, err := d.config(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return d.showConfig(cmd.OutOrStdout(), c)
		},
	}
}

// showConfig prints what a node file could begin with: the words are comments.
func (d *desk) showConfig(out io.Writer, c *configAnswer) error {
	if d.asJSON {
		return printJSON(out, c)
	}
	if c.InForce == nil {
		fmt.Fprintln(out, d.say("# Node ini belum melaporkan konfigurasinya.", "# This node has not told its configuration yet."))
	} else {
		fmt.Fprintf(out, d.say("# Berlaku: versi %d dari %s, oleh %s, %s: %s\n", "# In force: version %d of %s, by %s, %s: %s\n"),
			c.InForce.Version, d.origin(c.InForce.Origin), c.InForce.Author, clock(c.InForce.Time), c.InForce.Reason)
	}
	if c.Trial {
		fmt.Fprintln(out, d.say("# Masih percobaan: dikembalikan bila node kehilangan pusat selama 10 menit.", "# On trial: it is given back if the node loses the center for 10 minutes."))
	}
	if v := c.Desired; v != nil && v.State != "in force" && v.State != "superseded" {
		fmt.Fprintf(out, d.say("# Diminta: versi %d, oleh %s, %s: %s → %s\n", "# Desired: version %d, by %s, %s: %s → %s\n"),
			v.Version, v.Author, clock(v.Time), v.Reason, d.standing(v))
	}
	for _, k := range c.Corrections {
		fmt.Fprintf(out, d.say("# Koreksi %s %s: %s, versi %d, oleh %s, %s: %s\n", "# Correction %s %s: %s, version %d, by %s, %s: %s\n"),
			k.Sensor, k.Quantity, k.Kind, k.Version, k.Author, clock(k.Date), k.Reason)
	}
	if c.InForce == nil || c.InForce.Body == nil {
		return nil
	}
	return yaml.NewEncoder(out).Encode(c.InForce.Body)
}

func (d *desk) origin(origin string) string {
	if origin == "node" {
		return d.say("node", "the node")
	}
	return d.say("pusat", "the center")
}

// standing is what became of a version, in words.
func (d *desk) standing(v *versionAnswer) string {
	words := map[string]string{
		"desired":    d.say("belum dijawab node", "not answered by the node yet"),
		"in force":   d.say("berlaku", "in force"),
		"failed":     d.say("gagal", "failed"),
		"conflict":   d.say("bertentangan dengan perubahan di node", "conflicts with a change made at the node"),
		"superseded": d.say("sudah diganti", "superseded"),
	}
	text := v.State
	if w, ok := words[v.State]; ok {
		text = w
	}
	if v.Detail != "" {
		text += ": " + v.Detail
	}
	return text
}

func configSetCommand(f *centerFlags) *cobra.Command {
	var reason, version string
	var wait time.Duration
	cmd := &cobra.Command{
		Use: "set NODE FILE --reason WHY", Short: "Minta node memakai isi berkas (have the node use what a file says)", Args: cobra.ExactArgs(2),
		Long: `Mengirim pack_interval, queue, send, page.listen, sensors dan center dari berkas YAML ("-": stdin); yang tidak ditulis kembali ke nilai bawaan.
Ambil yang berlaku dengan: siaga node config show NODE > berkas.yaml
(Sends pack_interval, queue, send, page.listen, sensors and center of a YAML file ("-": stdin); what it leaves out has its default.
Take what is in force by: siaga node config show NODE > file.yaml)`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			body, err := readConfig(cmd.InOrStdin(), args[1])
			if err != nil {
				return err
			}
			return d.setConfig(cmd.Context(), cmd.OutOrStdout(), args[0], version, reason, body, wait)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "alasan (why)")
	cmd.Flags().StringVar(&version, "version", "", "versi terbaru yang Anda lihat; * apa pun (the newest version that you have seen; * any; default: what it is now)")
	cmd.Flags().DurationVar(&wait, "wait", time.Minute, "menunggu jawaban node (how long to wait for the node)")
	must(cmd.MarkFlagRequired("reason"))
	return cmd
}

// readConfig reads a YAML file as JSON would have it.
func readConfig(in io.Reader, file string) (map[string]any, error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		defer f.Close()
		in = f
	}
	var body map[string]any
	if err := yaml.NewDecoder(in).Decode(&body); err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", file, err)
	}
	return body, nil
}

func (d *desk) setConfig(ctx context.Context, out io.Writer, node, version, reason string, body map[string]any, wait time.Duration) error {
	if version == "" {
		now, err := d.config(ctx, node)
		if err != nil {
			return err
		}
		version = strconv.FormatUint(now.Newest, 10)
	}
	if version != "*" {
		version = strconv.Quote(version)
	}
	c, err := d.put(ctx, atNode(node, "/configuration"), version, map[string]any{"reason": reason, "configuration": body})
	if err != nil {
		return err
	}
	made := c.Desired.Version
	for limit := time.Now().Add(wait); c.Desired.Version == made && c.Desired.State == "desired" && time.Now().Before(limit); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		if c, err = d.config(ctx, node); err != nil {
			return err
		}
	}
	if d.asJSON {
		return printJSON(out, c)
	}
	fmt.Fprintf(out, d.say("Versi %d: %s.\n", "Version %d: %s.\n"), made, d.standing(c.Desired))
	return nil
}

// put replaces what is at path if it is still the version.
func (d *desk) put(ctx context.Context, path, version string, body any) (*configAnswer, error) {
	payload, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, d.url+path+"?"+url.Values{"lang": {string(d.lang)}}.Encode(), bytes.NewReader(payload))
	if err != nil {
		return nil, fmt.Errorf("ask center: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("If-Match", version)
	if d.centerClient.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.centerClient.token)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return nil, &unreachableError{err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read center's answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		return nil, d.refused(resp.StatusCode, b)
	}
	var c configAnswer
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("read center's answer: %w", err)
	}
	if c.Desired == nil {
		return nil, errors.New("read center's answer: it tells of no version")
	}
	return &c, nil
}

func configHistoryCommand(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use: "history NODE", Short: "Semua versi, yang terbaru dulu (all versions, the newest first)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			all, err := d.versions(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), map[string][]versionAnswer{"configurations": all})
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, d.say("VERSI\tDARI\tASAL\tWAKTU\tOLEH\tKEADAAN\tALASAN", "VERSION\tBASED ON\tMADE AT\tTIME\tBY\tSTATE\tREASON"))
			for _, v := range all {
				fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\t%s\n", v.Version, v.Based, d.origin(v.Origin), clock(v.Time), v.Author, d.standing(&v), v.Reason)
			}
			return w.Flush()
		},
	}
}

func (d *desk) versions(ctx context.Context, node string) ([]versionAnswer, error) {
	var all struct {
		Configurations []versionAnswer `json:"configurations"`
	}
	err := d.ask(ctx, http.MethodGet, atNode(node, "/configurations"), nil, nil, &all)
	return all.Configurations, err
}
