package grafana

// Dashboards returns every dashboard: the views of the wall in the order of its
// playlist, then those for a desk. The last one needs the plugin.
func Dashboards() []Dashboard {
	return []Dashboard{overview(), air(), water(), traffic(), fleet(), village(), sensor(), live()}
}

// Files returns the generated files by their path below this folder, each set's in
// its own Folder.
func Files() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, set := range Sets() {
		for _, d := range Dashboards() {
			b, err := d.JSON(set)
			if err != nil {
				return nil, err
			}
			files[set.Folder()+"/"+d.UID+set.Suffix()+".json"] = b
		}
	}
	return files, nil
}
