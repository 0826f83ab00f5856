package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

type deviceAnswer struct {
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	Publish   []string  `json:"publish"`
	Subscribe []string  `json:"subscribe"`
	Created   time.Time `json:"created"`
	Disabled  bool      `json:"disabled"`
	Password  string    `json:"password,omitempty"`
}

func deviceCommand() *cobra.Command {
	var f centerFlags
	cmd := &cobra.Command{
		Use:   "device",
		Short: "Alat lain yang masuk ke broker dengan nama dan kata sandi (devices that sign in to the broker)",
	}
	f.bind(cmd.PersistentFlags())
	cmd.AddCommand(deviceAddCommand(&f), deviceListCommand(&f), deviceSetCommand(&f), deviceRemoveCommand(&f))
	return cmd
}

const (
	publishUsage   = "filter topik yang boleh dikirimnya, seperti tambak/1/# (topic filter that it may publish to; again for more)"
	subscribeUsage = "filter topik yang boleh diikutinya (topic filter that it may subscribe to; again for more)"
	passwordUsage  = "berkas berisi sandi pilihan, - untuk masukan standar; tanpa itu dibuatkan dan ditunjukkan sekali (file with a chosen password, - for the standard input; without it one is made up and shown once)"
)

// devicePath is where a device is.
func devicePath(name string) string { return "/api/v1/devices/" + url.PathEscape(name) }

func deviceAddCommand(f *centerFlags) *cobra.Command {
	var publish, subscribe []string
	var ingester bool
	var file string
	cmd := &cobra.Command{
		Use: "add NAME", Args: cobra.ExactArgs(1),
		Short: "Tambah alat, atau ingester di mesin lain (add one, or an ingester on another machine)",
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			body := map[string]any{"name": args[0], "publish": publish, "subscribe": subscribe}
			if ingester {
				body = map[string]any{"name": args[0], "role": "ingester"}
			}
			if file != "" {
				if body["password"], err = newPassword(file, cmd.InOrStdin(), cmd.ErrOrStderr(), d.lang); err != nil {
					return err
				}
			}
			var made deviceAnswer
			if err := d.call(cmd.Context(), http.MethodPost, "/api/v1/devices", body, &made); err != nil {
				return err
			}
			return d.printDevice(cmd, made)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&publish, "publish", []string{}, publishUsage)
	flags.StringArrayVar(&subscribe, "subscribe", []string{}, subscribeUsage)
	flags.BoolVar(&ingester, "ingester", false, "sebuah ingester, dengan haknya yang tetap (an ingester, whose rights are known)")
	flags.StringVar(&file, "password-file", "", passwordUsage)
	cmd.MarkFlagsMutuallyExclusive("ingester", "publish")
	cmd.MarkFlagsMutuallyExclusive("ingester", "subscribe")
	return cmd
}

func deviceSetCommand(f *centerFlags) *cobra.Command {
	var publish, subscribe []string
	var disable, enable, renew bool
	var file string
	cmd := &cobra.Command{
		Use: "set NAME", Args: cobra.ExactArgs(1),
		Short: "Ubah hak, kata sandi, atau matikan (change its rights or password, or shut it out)",
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			body := map[string]any{}
			if cmd.Flags().Changed("publish") {
				body["publish"] = stated(publish)
			}
			if cmd.Flags().Changed("subscribe") {
				body["subscribe"] = stated(subscribe)
			}
			if disable || enable {
				body["disabled"] = disable
			}
			if renew {
				body["new_password"] = true
			}
			if file != "" {
				if body["password"], err = newPassword(file, cmd.InOrStdin(), cmd.ErrOrStderr(), d.lang); err != nil {
					return err
				}
			}
			var is deviceAnswer
			if err := d.call(cmd.Context(), http.MethodPatch, devicePath(args[0]), body, &is); err != nil {
				return err
			}
			return d.printDevice(cmd, is)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&publish, "publish", nil, publishUsage+`; "": tidak ada (none)`)
	flags.StringArrayVar(&subscribe, "subscribe", nil, subscribeUsage+`; "": tidak ada (none)`)
	flags.BoolVar(&disable, "disable", false, "tidak boleh masuk (it cannot sign in)")
	flags.BoolVar(&enable, "enable", false, "boleh masuk lagi (it can again)")
	flags.BoolVar(&renew, "new-password", false, "buat sandi lain dan tunjukkan sekali (make up another password and show it once)")
	flags.StringVar(&file, "password-file", "", "berkas berisi sandi pilihan, - untuk masukan standar (file with a chosen password, - for the standard input)")
	cmd.MarkFlagsMutuallyExclusive("disable", "enable")
	cmd.MarkFlagsMutuallyExclusive("new-password", "password-file")
	cmd.MarkFlagsOneRequired("publish", "subscribe", "disable", "enable", "new-password", "password-file")
	return cmd
}

// stated is what was named, without the "" that stands for none.
func stated(filters []string) []string {
	all := []string{}
	for _, f := range filters {
		if f != "" {
			all = append(all, f)
		}
	}
	return all
}

func deviceListCommand(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Daftar alat (all of them)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var all struct {
				Devices []deviceAnswer `json:"devices"`
			}
			if err := d.call(cmd.Context(), http.MethodGet, "/api/v1/devices", nil, &all); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return printDevices(cmd.OutOrStdout(), d.lang, all.Devices)
		},
	}
}

func deviceRemoveCommand(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Hapus alat; sambungannya diputus (remove one, and end its connections)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			if err := d.call(cmd.Context(), http.MethodDelete, devicePath(args[0]), nil, nil); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]string{"removed": args[0]})
			}
			fmt.Fprintf(cmd.OutOrStdout(), d.say("Alat %s dihapus.\n", "Device %s is removed.\n"), args[0])
			return nil
		},
	}
}

// printDevice shows what was made or changed. A password that was made up goes
// alone to the standard output, for $(…) and > FILE.
func (d *desk) printDevice(cmd *cobra.Command, one deviceAnswer) error {
	out := cmd.OutOrStdout()
	if d.asJSON {
		return printJSON(out, one)
	}
	if err := printDevices(cmd.ErrOrStderr(), d.lang, []deviceAnswer{one}); err != nil || one.Password == "" {
		return err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), d.say("Kata sandi, simpan sekarang: tidak dapat ditampilkan lagi.", "Its password; keep it now: it cannot be shown again."))
	_, err := fmt.Fprintln(out, one.Password)
	return err
}

func printDevices(out io.Writer, l lang, all []deviceAnswer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, l.say("NAMA\tJENIS\tKEADAAN\tMENERBITKAN\tBERLANGGANAN", "NAME\tKIND\tSTATE\tPUBLISHES\tSUBSCRIBES"))
	for _, one := range all {
		kind, state := l.say("alat", "device"), l.say("aktif", "active")
		if one.Role == "ingester" {
			kind = "ingester"
		}
		if one.Disabled {
			state = l.say("dimatikan", "shut out")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", one.Name, kind, state, orDash(one.Publish), orDash(one.Subscribe))
	}
	return w.Flush()
}

func orDash(filters []string) string {
	if len(filters) == 0 {
		return "-"
	}
	return strings.Join(filters, " ")
}
