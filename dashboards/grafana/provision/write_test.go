package provision

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

// options are those of a small installation.
func options(dir string) Options {
	return Options{
		Dir: filepath.ToSlash(dir), Org: 1, Set: grafana.Set{Lang: grafana.Indonesian}, Plugin: true,
		Influx:    Influx{Kind: Embedded, URL: "http://127.0.0.1:8086", Database: "siaga"},
		Gateway:   Gateway{URL: "http://127.0.0.1:8088", Token: "siaga_abc"},
		Receivers: Receivers{TelegramChat: "-100", TelegramToken: "1:x", Emails: []string{"a@b.id"}},
	}
}

// whats counts what became of files.
func whats(changes []Change) map[What]int {
	n := map[What]int{}
	for _, c := range changes {
		n[c.What]++
	}
	return n
}

// contents are all files below dir, ours and others.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		below, _ := filepath.Rel(dir, name)
		all[filepath.ToSlash(below)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWriteTwice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "provisioning")
	first, err := Write(dir, options(dir))
	if err != nil {
		t.Fatal(err)
	}
	if n := whats(first); n[Added] != len(first) || n[Added] < 6 {
		t.Errorf("the first time: %v", first)
	}
	before := contents(t, dir)
	if len(before) != len(first)+1 {
		t.Errorf("%d files on disk, want %d and the list", len(before), len(first))
	}
	again, err := Write(dir, options(dir))
	if err != nil {
		t.Fatal(err)
	}
	if n := whats(again); n[Same] != len(first) || len(again) != len(first) {
		t.Errorf("the second time: %v", again)
	}
	after := contents(t, dir)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s is not the same", name)
		}
	}
}

// Files are for Grafana's group and nobody else, whatever the umask.
func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "provisioning")
	if _, err := Write(dir, options(dir)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o640)
		if d.IsDir() {
			want = 0o750
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s: %v", name, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What other people have in the folder stays, and stops us where it is in the way.
func TestForeignFilesStay(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "datasources/lain.yaml", "apiVersion: 1\n")
	if _, err := Write(dir, options(dir)); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	put(t, other, AlertingFile, "groups: []\n")
	put(t, other, "datasources/lain.yaml", "apiVersion: 1\n")
	_, err := Write(other, options(other))
	var foreign *ForeignError
	if !errors.As(err, &foreign) || len(foreign.Files) != 1 || !strings.HasSuffix(filepath.ToSlash(foreign.Files[0]), AlertingFile) {
		t.Errorf("%v", err)
	}
	if got := contents(t, other); len(got) != 2 || got[AlertingFile] != "groups: []\n" {
		t.Errorf("something was written: %v", got)
	}
	if got := contents(t, dir)["datasources/lain.yaml"]; got != "apiVersion: 1\n" {
		t.Errorf("a neighbour's file reads %q", got)
	}
}

// Another language or no plugin takes away what is no longer wanted, and nothing
// else; a receiver that is gone is deleted in Grafana by its uid.
func TestWhatIsNoLongerAskedForGoes(t *testing.T) {
	dir := t.TempDir()
	if _, err := Write(dir, options(dir)); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "siaga/dashboards/milik-kami.json", "{}")
	o := options(dir)
	o.Plugin, o.Set.Lang, o.Receivers.TelegramChat, o.Receivers.TelegramToken = false, grafana.English, "", ""
	changes, err := Write(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	got := contents(t, dir)
	for _, c := range changes {
		if _, there := got[c.File]; there == (c.What == Removed) {
			t.Errorf("%s: %s, there: %t", c.File, c.What, there)
		}
	}
	for _, gone := range []string{GatewaySecret, telegramSecret, "siaga/dashboards/siaga-ikhtisar.json"} {
		if !slices.Contains(changes, Change{gone, Removed}) {
			t.Errorf("%s was not removed", gone)
		}
	}
	if got["siaga/dashboards/milik-kami.json"] != "{}" || got["siaga/dashboards/siaga-ikhtisar-en.json"] == "" {
		t.Errorf("files %v", got)
	}
	for range 2 { // also the next time: Grafana may not have been started between
		if text := contents(t, dir)[AlertingFile]; !strings.Contains(text, "deleteContactPoints:\n  - orgId: 1\n    uid: siaga-telegram\n") || strings.Count(text, "siaga-telegram") != 1 {
			t.Errorf("the receiver that is gone: %s", text[strings.Index(text, "contactPoints"):])
		}
		if _, err := Write(dir, o); err != nil {
			t.Fatal(err)
		}
	}
}

// A run that was cut off after any number of files leaves a tree whose files name
// nothing that is missing, and the next run finishes it.
func TestCutOff(t *testing.T) {
	o := options("/grafana")
	wanted, err := files(&o, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(wanted) + 1 {
		if n > 3 && n < len(wanted)-3 {
			continue // between dashboards, which name no files
		}
		dir := t.TempDir()
		var names []string
		for _, f := range wanted {
			names = append(names, f.Name)
		}
		if err := place(dir, []File{list{Files: names}.file()}); err != nil {
			t.Fatal(err)
		}
		if err := place(dir, wanted[:n]); err != nil {
			t.Fatal(err)
		}
		put(t, dir, "datasources/"+partName+"123", "a secret")
		all := contents(t, dir)
		for name, text := range all {
			for at := strings.Index(text, "$__file{"); at >= 0; at = strings.Index(text, "$__file{") {
				text = text[at+len("$__file{"):]
				named := strings.TrimPrefix(text[:strings.Index(text, "}")], "/grafana/")
				if all[named] == "" {
					t.Errorf("after %d files, %s names %s, which is not there", n, name, named)
				}
			}
		}
		o := options(dir)
		if _, err := Write(dir, o); err != nil {
			t.Errorf("after %d files: %v", n, err)
		}
		if got := contents(t, dir); len(got) != len(wanted)+1 {
			t.Errorf("after %d files and another run: %d files", n, len(got))
		}
	}
}

// A disk that is full while files are written leaves those that were there.
func TestNothingIsHalf(t *testing.T) {
	dir := t.TempDir()
	if _, err := Write(dir, options(dir)); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	// A folder that cannot be made comes last.
	err := place(dir, []File{{DataSourcesFile, []byte("new")}, {DataSourcesFile + "/x/y", []byte("new")}})
	if err == nil {
		t.Fatal("a file was used as a folder")
	}
	after := contents(t, dir)
	if len(after) != len(before) || after[DataSourcesFile] != before[DataSourcesFile] {
		t.Errorf("half of it was written: %v", after)
	}
}

// A list of somebody else's making does not have us remove what lies elsewhere.
func TestListStaysInside(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, listFile, `{"files":["../../etc/passwd"]}`)
	if _, err := Write(dir, options(dir)); err == nil || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("%v", err)
	}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	at := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
