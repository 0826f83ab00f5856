package provision

import (
	"fmt"
	"strings"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

// Settings is what grafana.ini needs besides the files. Sections and keys are those
// of conf/defaults.ini in Grafana 12.3.
func Settings(o Options) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("[paths]")
	line("provisioning = %s", o.Dir)
	line("[plugins]")
	line("preinstall_disabled = true")
	line("public_key_retrieval_disabled = true")
	if o.Plugin {
		line("allow_loading_unsigned_plugins = %s", grafana.PluginID)
	}
	line("[auth.anonymous]")
	line("; %s", o.say(grafana.Text{ID: "dinding melihat tanpa masuk; org_name: nama organisasi " + fmt.Sprint(o.Org), EN: "the wall looks without signing in; org_name: that of organisation " + fmt.Sprint(o.Org)}))
	line("enabled = true")
	line("org_role = Viewer")
	line("[users]")
	line("default_theme = dark")
	line("[dashboards]")
	line("default_home_dashboard_path = %s", o.at(DashboardsFolder+"/"+Wall(o.Set)[0]+".json"))
	line("min_refresh_interval = 5s")
	line("[analytics]")
	line("; %s", o.say(grafana.Text{ID: "dinding tidak bertanya apa pun ke internet", EN: "a wall asks nothing of the internet"}))
	line("reporting_enabled = false")
	line("check_for_updates = false")
	line("check_for_plugin_updates = false")
	line("[news]")
	line("news_feed_enabled = false")
	line("[security]")
	line("disable_gravatar = true")
	line("; %s", o.say(grafana.Text{ID: "halaman Grafana sendiri kadang melapor ke openfpcdn.io: peramban melarangnya", EN: "Grafana's own page reports to openfpcdn.io at times: the browser forbids it"}))
	line("content_security_policy = true")
	return b.String()
}
