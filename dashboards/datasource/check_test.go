package datasource

import (
	"archive/zip"
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckRefuses breaks a good archive in every way that Check knows.
func TestCheckRefuses(t *testing.T) {
	metadata := func(old, to string) func(map[string]string) {
		return func(files map[string]string) {
			if !strings.Contains(files["plugin.json"], old) {
				t.Errorf("plugin.json has no %s", old)
			}
			files["plugin.json"] = strings.Replace(files["plugin.json"], old, to, 1)
		}
	}
	set := func(name, content string) func(map[string]string) {
		return func(files map[string]string) { files[name] = content }
	}
	without := func(name string) func(map[string]string) {
		return func(files map[string]string) { delete(files, name) }
	}
	for _, c := range []struct {
		name, want string
		damage     func(map[string]string)
	}{
		{"no metadata", "plugin.json is missing", without("plugin.json")},
		{"no module", "module.js is missing", without("module.js")},
		{"no readme", "README.md is missing", without("README.md")},
		{"empty readme", "README.md is empty", set("README.md", "# Siaga")},
		{"no changelog", "CHANGELOG.md is missing", without("CHANGELOG.md")},
		{"no license", "LICENSE is missing", without("LICENSE")},
		{"source", "does not belong", set("module.ts", "x")},
		{"litter", "does not belong", set(".DS_Store", "x")},
		{"nested", "does not belong", set("dist/module.js", "x")},
		{"debugger", "does not belong", set("__debug_bin", "x")},
		{"other id", "id", metadata(`"id": "siaga-commandcenter-datasource"`, `"id": "siaga-datasource"`)},
		{"other type", "does not end the id", metadata(`"type": "datasource"`, `"type": "panel"`)},
		{"no author", "author is missing", metadata(`"name": "Siaga"
    }`, `"name": ""
    }`)},
		{"no backend", "backend false", metadata(`"backend": true`, `"backend": false`)},
		{"other version", `version "9.9.9"`, metadata(`"version": "1.2.3"`, `"version": "9.9.9"`)},
		{"version not replaced", "was not replaced", metadata("1.2.3", "%VERSION%")},
		{"date not replaced", "is no date", metadata("2026-01-31", "%TODAY%")},
		{"any Grafana", "no lowest version", metadata(">=12", "*12")},
		{"no logo", "logo", without("img/logo.svg")},
		{"script in logo", "<script>", set("img/logo.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)},
		{"handler in logo", "onload", set("img/logo.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)},
		{"entity in logo", "document type", set("img/logo.svg", `<!DOCTYPE svg [<!ENTITY a "b">]><svg/>`)},
		{"no program", "linux_arm64 is missing", without(executable + "_linux_arm64")},
		{"other processor", "want EM_X86_64", set(executable+"_linux_amd64", program(t, elf.EM_386))},
		{"no binary", "no program for Linux", set(executable+"_linux_amd64", "#!/bin/sh\n")},
		{"program of Windows", "does not belong", set(executable+"_windows_amd64.exe", "MZ")},
		{"other sources", "build again", set(manifest, "cd34:pkg/main.go\n")},
		{"React of its own", "React", set("module.js", `define([],()=>{x.__SECRET_INTERNALS_DO_NOT_USE_OR_YOU_WILL_BE_FIRED})`)},
		{"no AMD", "AMD", set("module.js", "export default 1")},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := parts(t)
			c.damage(files)
			if err := checked(t, packed(t, files), source); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestCheckArchive refuses what Pack would never write.
func TestCheckArchive(t *testing.T) {
	for _, c := range []struct {
		name, want string
		files      map[string]os.FileMode
	}{
		{"two roots", "does not belong", map[string]os.FileMode{ID + "/plugin.json": 0o644, "other/plugin.json": 0o644}},
		{"no root", "does not belong", map[string]os.FileMode{"plugin.json": 0o644}},
		{"outside", "does not belong", map[string]os.FileMode{ID + "/../plugin.json": 0o644}},
		{"program that does not run", "want -rwxr-xr-x", map[string]os.FileMode{ID + "/" + executable + "_linux_amd64": 0o644}},
		{"file that runs", "want -rw-r--r--", map[string]os.FileMode{ID + "/module.js": 0o755}},
		{"link", "want -rw-r--r--", map[string]os.FileMode{ID + "/README.md": os.ModeSymlink | 0o777}},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "x.zip")
			file, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			w := zip.NewWriter(file)
			for name, mode := range c.files {
				header := &zip.FileHeader{Name: name}
				header.SetMode(mode)
				if _, err := w.CreateHeader(header); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			if err := checked(t, name, source); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestName: the version is in the archive's name too.
func TestName(t *testing.T) {
	other := source
	other.Version = "1.2.4"
	if err := checked(t, packed(t, parts(t)), other); err == nil || !strings.Contains(err.Error(), "the archive is called") {
		t.Errorf("%v, want the name refused", err)
	}
}
