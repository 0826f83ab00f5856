// Command pack puts the built plugin of the folder above it into its archive. It
// is run in dashboards/datasource, by `make plugin`:
//
//	pack OUT-FOLDER
//
// It leaves no archive that datasource.Check finds anything wrong with.
// SOURCE_DATE_EPOCH, in seconds, is the time that the files in it show.
package main

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/build/utils"

	"github.com/siaga-id/siaga/dashboards/datasource"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pack OUT-FOLDER")
		os.Exit(2)
	}
	out, err := pack(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
	fmt.Println(out)
}

func pack(folder string) (string, error) {
	source, err := read()
	if err != nil {
		return "", err
	}
	changed := time.Now()
	if text := os.Getenv("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return "", fmt.Errorf("read SOURCE_DATE_EPOCH: %w", err)
		}
		changed = time.Unix(seconds, 0)
	}
	if err := os.WriteFile("dist/go_plugin_build_manifest", []byte(source.Manifest), 0o644); err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	out := filepath.Join(folder, datasource.ID+"-"+source.Version+".zip")
	if err := datasource.Pack("dist", out, changed); err != nil {
		return "", err
	}
	if err := check(out, source); err != nil {
		return "", errors.Join(err, os.Remove(out))
	}
	return out, nil
}

// read tells of the sources in the present folder.
func read() (datasource.Source, error) {
	text, err := os.ReadFile("package.json")
	if err != nil {
		return datasource.Source{}, fmt.Errorf("run me in dashboards/datasource: %w", err)
	}
	var is struct{ Version string }
	if err := json.Unmarshal(text, &is); err != nil {
		return datasource.Source{}, fmt.Errorf("read package.json: %w", err)
	}
	hashes, err := utils.GenerateManifest()
	if err != nil {
		return datasource.Source{}, fmt.Errorf("hash Go files: %w", err)
	}
	return datasource.Source{Version: is.Version, Manifest: hashes}, nil
}

func check(name string, source datasource.Source) error {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer archive.Close()
	if err := datasource.Check(name, &archive.Reader, source); err != nil {
		return fmt.Errorf("%s would be refused:\n%w", name, err)
	}
	return nil
}
