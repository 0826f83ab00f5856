package grafana

import (
	"os"
	"testing"

	"go.yaml.in/yaml/v3"
)

// decode reads a provisioning file. A key that is not in the type is an error:
// Grafana itself would pass over a misspelt one.
func decode[T any](t *testing.T, file string) (v T) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}

func TestDataSourceProvisioning(t *testing.T) {
	got := decode[struct {
		APIVersion  int `yaml:"apiVersion"`
		DataSources []struct {
			Name      string
			UID       string
			Type      string
			Access    string
			URL       string
			IsDefault bool `yaml:"isDefault"`
			Editable  bool
			JSONData  struct {
				DBName       string `yaml:"dbName"`
				HTTPMode     string `yaml:"httpMode"`
				TimeInterval string `yaml:"timeInterval"`
			} `yaml:"jsonData"`
		} `yaml:"datasources"`
	}](t, "provisioning/datasources/siaga.yaml")
	if got.APIVersion != 1 || len(got.DataSources) != 1 {
		t.Fatalf("%+v", got)
	}
	d := got.DataSources[0]
	if d.UID != DataSourceUID || d.Type != influx.Type || d.Access != "proxy" || d.URL != "http://127.0.0.1:8086" ||
		d.JSONData.DBName != "siaga" || d.JSONData.HTTPMode != "POST" || d.JSONData.TimeInterval == "" || d.Editable {
		t.Errorf("%+v", d)
	}
}

func TestDashboardProvisioning(t *testing.T) {
	got := decode[struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name                  string
			Type                  string
			Folder                string
			FolderUID             string `yaml:"folderUid"`
			AllowUIUpdates        bool   `yaml:"allowUiUpdates"`
			DisableDeletion       bool   `yaml:"disableDeletion"`
			UpdateIntervalSeconds int    `yaml:"updateIntervalSeconds"`
			Options               struct{ Path string }
		}
	}](t, "provisioning/dashboards/siaga.yaml")
	if got.APIVersion != 1 || len(got.Providers) != 1 {
		t.Fatalf("%+v", got)
	}
	if p := got.Providers[0]; p.Type != "file" || p.AllowUIUpdates || !p.DisableDeletion || p.Options.Path != "$SIAGA_DASHBOARDS" {
		t.Errorf("%+v", p)
	}
}
