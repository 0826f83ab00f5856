// Command generate writes the dashboards' JSON into the folder it is run in. It
// is run by go generate, and must not be needed by anything else.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate dashboards:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := grafana.Files()
	if err != nil {
		return err
	}
	for name, b := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("write dashboard: %w", err)
		}
		if err := os.WriteFile(name, b, 0o644); err != nil {
			return fmt.Errorf("write dashboard: %w", err)
		}
	}
	return nil
}
