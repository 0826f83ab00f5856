package grafana

import "fmt"

// Dashboards returns every dashboard, in the order of the wall.
func Dashboards() []Dashboard {
	return []Dashboard{Overview()}
}

// Files returns the generated files by their path below this folder.
func Files() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, d := range Dashboards() {
		b, err := d.JSON()
		if err != nil {
			return nil, err
		}
		files[fmt.Sprintf("json/%s.json", d.UID)] = b
	}
	return files, nil
}
