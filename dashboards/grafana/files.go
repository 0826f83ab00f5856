package grafana

import "fmt"

// Dashboards returns every dashboard, in the order of the wall: those of a real
// center, or those of a demo center, which say SIMULASI.
func Dashboards(simulated bool) []Dashboard {
	return []Dashboard{Overview(simulated)}
}

// Files returns the generated files by their path below this folder: those of a
// real center in json, those of a demo center in json-simulasi. InfluxDB does not
// tell which of the two it belongs to, so whoever sets Grafana up has to.
func Files() (map[string][]byte, error) {
	files := map[string][]byte{}
	for dir, simulated := range map[string]bool{"json": false, "json-simulasi": true} {
		for _, d := range Dashboards(simulated) {
			b, err := d.JSON()
			if err != nil {
				return nil, err
			}
			files[fmt.Sprintf("%s/%s.json", dir, d.UID)] = b
		}
	}
	return files, nil
}
