// Command generate writes the examples of provisioning into the folder it is
// given. It is run by go generate, and must not be needed by anything else.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/siaga-id/siaga/dashboards/grafana/provision"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate provisioning:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	files, err := provision.Examples()
	if err != nil {
		return err
	}
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("write provisioning: %w", err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			return fmt.Errorf("write provisioning: %w", err)
		}
	}
	return nil
}
