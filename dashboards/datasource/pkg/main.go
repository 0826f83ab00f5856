// Command pkg is the backend of Grafana's data source for Siaga: Grafana starts it, and
// it asks a center.
//
// It must not hold logic; package plugin does.
package main

import (
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/siaga-id/siaga/dashboards/datasource/pkg/plugin"
)

func main() {
	if err := datasource.Manage(plugin.ID, plugin.New, datasource.ManageOpts{}); err != nil {
		log.DefaultLogger.Error("serve data source", "err", err)
		os.Exit(1)
	}
}
