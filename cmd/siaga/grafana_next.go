package main

import (
	"fmt"
	"io"

	"github.com/siaga-id/siaga/dashboards/grafana"
	"github.com/siaga-id/siaga/dashboards/grafana/provision"
)

// explain says what was written and what comes next.
func (p *provisioning) explain(out io.Writer, l lang, changes []provision.Change, made *madeToken) {
	words := map[provision.What]string{
		provision.Added: l.say("baru", "new"), provision.Changed: l.say("diubah", "changed"), provision.Removed: l.say("dihapus", "removed"),
	}
	same := 0
	fmt.Fprintln(out, l.say("Folder ", "Folder ")+p.out)
	for _, c := range changes {
		if c.What == provision.Same {
			same++
			continue
		}
		fmt.Fprintf(out, "  %-8s %s\n", words[c.What], c.File)
	}
	if same > 0 {
		fmt.Fprintf(out, l.say("  %d berkas tetap sama\n", "  %d unchanged\n"), same)
	}
	if same == len(changes) {
		fmt.Fprintln(out, l.say("Tidak ada yang berubah.", "Nothing has changed."))
	}
	if made != nil {
		fmt.Fprintf(out, l.say("Token %s dibuat untuk Grafana, tanpa batas waktu; cabut dengan: siaga token revoke %[1]s\n",
			"Token %s was made for Grafana, for ever; end it with: siaga token revoke %[1]s\n"), made.id)
	}
	fmt.Fprintln(out, l.say("\nLangkah berikutnya:\n1. Tambahkan ke grafana.ini:\n", "\nNext:\n1. Put this into grafana.ini:\n"))
	fmt.Fprint(out, provision.Settings(p.opt))
	if len(p.opt.Receivers.Emails) > 0 {
		fmt.Fprintln(out, l.say("; dan [smtp]: tanpa itu tidak ada surel terkirim", "; and [smtp]: without it no e-mail is sent"))
	}
	fmt.Fprintln(out)
	step := 2
	if p.opt.Plugin {
		fmt.Fprintf(out, l.say("%d. Pasang plugin: buka zip %s ke folder plugin Grafana (/var/lib/grafana/plugins)\n",
			"%d. Install the plugin: unpack the zip of %s into Grafana's plugin folder (/var/lib/grafana/plugins)\n"), step, grafana.PluginID)
		step++
	}
	set, _, _ := p.set() // it was read before
	more := ""
	if l == english {
		more = " --lang en"
	}
	if set.Simulated {
		more += " --simulated"
	}
	fmt.Fprintf(out, l.say(
		"%d. Mulai ulang Grafana: systemctl restart grafana-server\n"+
			"%d. Buat akun layanan dengan peran Editor di Grafana (Administration, Service accounts), simpan tokennya dalam berkas, lalu:\n"+
			"   siaga grafana wall --grafana http://127.0.0.1:3000 --token-file BERKAS%s\n",
		"%d. Restart Grafana: systemctl restart grafana-server\n"+
			"%d. Make a service account with the role Editor in Grafana (Administration, Service accounts), keep its token in a file, then:\n"+
			"   siaga grafana wall --grafana http://127.0.0.1:3000 --token-file FILE%s\n"), step, step+1, more)
}
