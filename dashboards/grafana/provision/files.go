package provision

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

// Where things are below the provisioning folder. Grafana reads datasources,
// dashboards and alerting there; what is in siaga it reads only where they name it.
const (
	DataSourcesFile  = "datasources/siaga.yaml"
	ProvidersFile    = "dashboards/siaga.yaml"
	AlertingFile     = "alerting/siaga.yaml"
	PolicyFile       = "alerting/siaga-policy.yaml"
	DashboardsFolder = "siaga/dashboards"

	// GatewaySecret is the access token that the center wants to see.
	GatewaySecret  = "siaga/secrets/gateway-token"
	influxSecret   = "siaga/secrets/influx-secret"
	telegramSecret = "siaga/secrets/telegram-token"
	webhookSecret  = "siaga/secrets/webhook-token"
	caFile         = "siaga/center-ca.pem"
)

// File is one of the files. Name is its path below the provisioning folder.
type File struct {
	Name string
	Data []byte
}

// at is where Grafana finds a file.
func (o *Options) at(name string) string { return path.Join(o.Dir, name) }

// secret has Grafana read a file, when it starts.
func (o *Options) secret(name string) string { return "$__file{" + o.at(name) + "}" }

// files returns what the options ask for, in an order such that every file comes
// after those that it names: Grafana starts with any first part of them.
func files(o *Options, gone []string) ([]File, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var all []File
	for _, s := range []struct{ name, text string }{
		{influxSecret, o.Influx.Secret},
		{GatewaySecret, o.gatewayToken()},
		{telegramSecret, o.Receivers.TelegramToken},
		{webhookSecret, o.Receivers.WebhookToken},
		{caFile, o.Gateway.CA},
	} {
		if s.text != "" {
			all = append(all, File{s.name, []byte(s.text + "\n")})
		}
	}
	dashboards, err := o.dashboards()
	if err != nil {
		return nil, err
	}
	all = append(all, dashboards...)
	for _, y := range []struct {
		name string
		of   any
	}{{DataSourcesFile, o.dataSources()}, {ProvidersFile, o.providers()}, {AlertingFile, o.alerting(gone)}} {
		f, err := encode(y.name, y.of)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	if o.Policy {
		f, err := encode(PolicyFile, o.policies())
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// AsksGateway reports whether anything shows the center a token.
func (o *Options) AsksGateway() bool { return o.Plugin || o.Influx.ThroughGateway }

func (o *Options) gatewayToken() string {
	if !o.AsksGateway() {
		return ""
	}
	return o.Gateway.Token
}

// liveDashboard is the one that needs the plugin.
const liveDashboard = "siaga-langsung"

// dashboards returns the chosen set.
func (o *Options) dashboards() ([]File, error) {
	sets, err := grafana.Files()
	if err != nil {
		return nil, err
	}
	var all []File
	for name, data := range sets {
		folder, file := path.Split(name)
		if folder != o.Set.Folder()+"/" || !o.Plugin && strings.HasPrefix(file, liveDashboard) {
			continue
		}
		all = append(all, File{path.Join(DashboardsFolder, file), data})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("make provisioning: there are no dashboards in %s", o.Set.Folder())
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// header begins every file that people may open.
const header = "# Ditulis oleh `siaga grafana provision`: jangan diubah, jalankan lagi.\n" +
	"# (Written by `siaga grafana provision`: do not change it, run that again.)\n"

func encode(name string, v any) (File, error) {
	var b bytes.Buffer
	b.WriteString(header)
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(v); err != nil {
		return File{}, fmt.Errorf("encode %s: %w", name, err)
	}
	if err := e.Close(); err != nil {
		return File{}, fmt.Errorf("encode %s: %w", name, err)
	}
	return File{name, b.Bytes()}, nil
}

// Wall is the uids of a set's dashboards that the wall shows, in its order.
func Wall(set grafana.Set) []string {
	var uids []string
	for _, d := range grafana.Dashboards() {
		if d.Wall {
			uids = append(uids, d.UID+set.Suffix())
		}
	}
	return uids
}
