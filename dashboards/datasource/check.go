package datasource

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Source is what an archive is held against.
type Source struct {
	// Version is package.json's.
	Version string
	// Manifest tells the SHA-256 of every Go file, a line each: hash, colon,
	// path.
	Manifest string
}

// allowed are the files of an archive; * stands for a name. Whatever else is in
// one came there by mistake: sources, debuggers' programs, a desktop's litter.
var allowed = []string{
	"plugin.json", "module.js", "module.js.map", "README.md", "CHANGELOG.md", "LICENSE", manifest,
	"img/*.svg", "maps/*.geojson",
	executable + "_linux_amd64", executable + "_linux_arm64",
}

// required are those that none is without.
var required = []string{"plugin.json", "module.js", "README.md", "CHANGELOG.md", "LICENSE", manifest}

// machines are the processors that the back half is built for.
var machines = map[string]elf.Machine{"linux_amd64": elf.EM_X86_64, "linux_arm64": elf.EM_AARCH64}

// Check tells what is wrong with an archive of the name given; nil is nothing. It asks for what the validator of Grafana's catalogue asks for, as far as
// an archive tells, and for nothing that needs a network.
func Check(name string, archive *zip.Reader, source Source) error {
	files, err := unpack(archive)
	if err != nil {
		return err
	}
	var problems []error
	for _, must := range required {
		if files[must] == nil {
			problems = append(problems, fmt.Errorf("%s is missing", must))
		}
	}
	if want := ID + "-" + source.Version + ".zip"; path.Base(name) != want {
		problems = append(problems, fmt.Errorf("the archive is called %s, want %s", path.Base(name), want))
	}
	problems = append(problems, checkMetadata(files, source.Version), checkPrograms(files), checkTexts(files))
	for name, content := range files {
		if strings.HasSuffix(name, ".svg") {
			problems = append(problems, checkSVG(name, content))
		}
	}
	if string(files[manifest]) != source.Manifest {
		problems = append(problems, fmt.Errorf("%s is not of these Go files: build again", manifest))
	}
	return errors.Join(problems...)
}

// unpack reads an archive into its files by their paths below its one folder.
func unpack(archive *zip.Reader) (map[string][]byte, error) {
	files := make(map[string][]byte)
	for _, f := range archive.File {
		name, inside := strings.CutPrefix(f.Name, ID+"/")
		if !inside || !slices.ContainsFunc(allowed, func(p string) bool { ok, _ := path.Match(p, name); return ok }) {
			return nil, fmt.Errorf("%s does not belong into the archive", f.Name)
		}
		if files[name] != nil {
			return nil, fmt.Errorf("%s is in the archive twice", f.Name)
		}
		if f.Mode() != mode(name) {
			return nil, fmt.Errorf("%s has mode %v, want %v", f.Name, f.Mode(), mode(name))
		}
		content, err := fs.ReadFile(archive, f.Name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		files[name] = content
	}
	return files, nil
}

// metadata is what is looked at in plugin.json.
type metadata struct {
	ID, Type, Name, Executable string
	Backend, Alerting          bool
	Info                       struct {
		Description, Version, Updated string
		Author                        struct{ Name string }
		Logos                         struct{ Small, Large string }
	}
	Dependencies struct{ GrafanaDependency string }
}

var (
	semver = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
	date   = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
)

func checkMetadata(files map[string][]byte, version string) error {
	var is metadata
	if err := json.Unmarshal(files["plugin.json"], &is); err != nil {
		return fmt.Errorf("read plugin.json: %w", err)
	}
	var problems []error
	want := func(right bool, what string, args ...any) {
		if !right {
			problems = append(problems, fmt.Errorf("plugin.json: "+what, args...))
		}
	}
	want(is.ID == ID, "id %q, want %q", is.ID, ID)
	want(strings.HasSuffix(is.ID, "-"+is.Type) && is.Type == "datasource", "type %q does not end the id", is.Type)
	want(is.Name != "" && is.Info.Description != "" && is.Info.Author.Name != "", "name, description or author is missing")
	want(is.Backend && is.Executable == executable, "backend %v with executable %q, want %q", is.Backend, is.Executable, executable)
	want(semver.MatchString(is.Info.Version) && is.Info.Version == version, "version %q, package.json has %q", is.Info.Version, version)
	want(date.MatchString(is.Info.Updated), "updated %q is no date", is.Info.Updated)
	want(strings.HasPrefix(is.Dependencies.GrafanaDependency, ">="), "grafanaDependency %q has no lowest version", is.Dependencies.GrafanaDependency)
	for _, logo := range []string{is.Info.Logos.Small, is.Info.Logos.Large} {
		want(files[logo] != nil, "logo %q is not in the archive", logo)
	}
	want(!bytes.Contains(files["plugin.json"], []byte("%VERSION%")) && !bytes.Contains(files["plugin.json"], []byte("%TODAY%")), "%%VERSION%% or %%TODAY%% was not replaced")
	return errors.Join(problems...)
}

// checkPrograms wants the back half for every processor, for that processor, and
// without a debugger's tables.
func checkPrograms(files map[string][]byte) error {
	var problems []error
	for suffix, machine := range machines {
		name := executable + "_" + suffix
		program, err := elf.NewFile(bytes.NewReader(files[name]))
		switch {
		case files[name] == nil:
			problems = append(problems, fmt.Errorf("%s is missing, and plugin.json says backend", name))
		case err != nil:
			problems = append(problems, fmt.Errorf("%s is no program for Linux: %w", name, err))
		case program.Machine != machine:
			problems = append(problems, fmt.Errorf("%s is for %v, want %v", name, program.Machine, machine))
		case program.Section(".debug_info") != nil || program.Section(".zdebug_info") != nil:
			problems = append(problems, fmt.Errorf("%s was built for a debugger", name))
		}
	}
	return errors.Join(problems...)
}

// checkTexts wants README and CHANGELOG written, and the module without a React
// of its own.
func checkTexts(files map[string][]byte) error {
	var problems []error
	for _, name := range []string{"README.md", "CHANGELOG.md", "LICENSE"} {
		if len(bytes.TrimSpace(files[name])) < 100 {
			problems = append(problems, fmt.Errorf("%s is empty", name))
		}
	}
	module := files["module.js"]
	if !bytes.HasPrefix(module, []byte("define([")) {
		problems = append(problems, errors.New("module.js is no AMD module"))
	}
	if bytes.Contains(module, []byte("__SECRET_INTERNALS_DO_NOT_USE")) || bytes.Contains(module, []byte("__CLIENT_INTERNALS_DO_NOT_USE")) {
		problems = append(problems, errors.New("module.js has a React of its own"))
	}
	return errors.Join(problems...)
}
