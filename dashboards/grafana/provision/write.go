package provision

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What became of a file.
type What string

// The fates of a file.
const (
	Added   What = "added"
	Changed What = "changed"
	Removed What = "removed"
	Same    What = "same"
)

// Change is what became of one file, by its path below the provisioning folder.
type Change struct {
	File string `json:"file"`
	What What   `json:"what"`
}

// ForeignError names files that stand where ours belong and are not ours.
type ForeignError struct{ Files []string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("write provisioning: these files are somebody else's, move them away: %s", strings.Join(e.Files, ", "))
}

// listFile names the files that are ours.
const listFile = "siaga/files.json"

// list is what listFile holds.
type list struct {
	Files []string `json:"files"`
	// Receivers are the uids of all that ever were in Grafana, which keeps those
	// that are not deleted by name.
	Receivers []string `json:"receivers"`
}

// Write puts the files that the options ask for into Grafana's provisioning folder
// dir, and takes away those of ours that they no longer ask for. Whatever is in
// the folder besides stays; where it is in the way, nothing is changed
// (*ForeignError).
//
// Every file is on the disk before the first takes its place, each takes it whole,
// and in such an order that Grafana can start at any moment: a run that is cut off
// is finished by the next. Two runs at once must not be. Files can be read by the
// group of the folder, and by nobody else: Debian's package gives it to Grafana.
func Write(dir string, o Options) ([]Change, error) {
	old, err := readList(dir)
	if err != nil {
		return nil, err
	}
	uids := o.receivers()
	gone := slices.DeleteFunc(slices.Clone(old.Receivers), func(uid string) bool { return slices.Contains(uids, uid) })
	wanted, err := files(&o, gone)
	if err != nil {
		return nil, err
	}
	next := list{Receivers: append(uids, gone...)}
	for _, f := range wanted {
		next.Files = append(next.Files, f.Name)
	}
	changes, err := compare(dir, wanted, old.Files)
	if err != nil {
		return nil, err
	}
	if err := sweep(dir); err != nil {
		return nil, err
	}
	// What is about to become ours is so already, should this be cut off.
	both := list{Receivers: next.Receivers, Files: slices.Compact(slices.Sorted(slices.Values(slices.Concat(old.Files, next.Files))))}
	if err := place(dir, []File{both.file()}); err != nil {
		return nil, err
	}
	if err := place(dir, wanted); err != nil {
		return nil, err
	}
	for _, c := range changes {
		if c.What != Removed {
			continue
		}
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(c.File))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("remove what is no longer asked for: %w", err)
		}
	}
	return changes, place(dir, []File{next.file()})
}

// receivers are the uids of the receivers that are asked for.
func (o *Options) receivers() []string {
	uids := []string{}
	for _, r := range o.contactPoint().Receivers {
		uids = append(uids, r.UID)
	}
	return uids
}

func readList(dir string) (list, error) {
	var l list
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(listFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &l)
	}
	for _, name := range l.Files {
		// It says what to remove.
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			err = errors.Join(err, fmt.Errorf("%q lies elsewhere", name))
		}
	}
	if err != nil {
		return l, fmt.Errorf("read %s: %w: it should name our files in that folder", listFile, err)
	}
	return l, nil
}

func (l list) file() File {
	b, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		panic(err) // strings alone
	}
	return File{listFile, append(b, '\n')}
}

// compare says what will become of every file, or which are in the way.
func compare(dir string, wanted []File, ours []string) ([]Change, error) {
	var changes []Change
	var foreign ForeignError
	stays := map[string]bool{}
	for _, f := range wanted {
		stays[f.Name] = true
		found, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			changes = append(changes, Change{f.Name, Added})
		case err != nil:
			return nil, fmt.Errorf("read what is there: %w", err)
		case bytes.Equal(found, f.Data):
			changes = append(changes, Change{f.Name, Same})
		case slices.Contains(ours, f.Name):
			changes = append(changes, Change{f.Name, Changed})
		default:
			foreign.Files = append(foreign.Files, filepath.Join(dir, filepath.FromSlash(f.Name)))
		}
	}
	if foreign.Files != nil {
		return nil, &foreign
	}
	for _, name := range ours {
		if !stays[name] {
			changes = append(changes, Change{name, Removed})
		}
	}
	return changes, nil
}

const (
	fileMode   = 0o640
	folderMode = 0o750
	// partName begins the name of a file that is not in its place yet; Grafana
	// passes over it, as over whatever is not .yaml or .json.
	partName = ".siaga-part-"
)

// place writes all files, and only then gives each its name.
func place(dir string, all []File) (err error) {
	parts := make([]string, 0, len(all))
	defer func() {
		for _, part := range parts {
			if e := os.Remove(part); e != nil && !errors.Is(e, fs.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
	}()
	for _, f := range all {
		folder, err := makeFolder(dir, filepath.Dir(filepath.FromSlash(f.Name)))
		if err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		part, err := os.CreateTemp(folder, partName)
		if err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
		parts = append(parts, part.Name())
		_, err = part.Write(f.Data)
		if err = errors.Join(err, part.Chmod(fileMode), giveToGroup(part.Name(), dir), part.Sync(), part.Close()); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	for i, f := range all {
		if err := os.Rename(parts[i], filepath.Join(dir, filepath.FromSlash(f.Name))); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	return nil
}

// sweep takes away what a run that was cut off has left unplaced: it may hold
// secrets.
func sweep(dir string) error {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), partName) && d.Type().IsRegular() {
			return os.Remove(name)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// makeFolder makes the folder below dir, and dir itself, where they are missing.
func makeFolder(dir, below string) (string, error) {
	at := dir
	for _, part := range append([]string{""}, strings.Split(below, string(filepath.Separator))...) {
		at = filepath.Join(at, part)
		err := os.Mkdir(at, folderMode)
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return "", err
		}
		if err := errors.Join(os.Chmod(at, folderMode), giveToGroup(at, filepath.Dir(at))); err != nil {
			return "", err
		}
	}
	return at, nil
}
