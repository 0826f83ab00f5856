package bus

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"
)

// maxFile bounds what is read of one file, in bytes. What drivers read in /proc
// and /sys is far smaller.
const maxFile = 1 << 20

// recordedFiles reads every file whole as it is opened: what the reader then
// does with it is no business of the tape's.
type recordedFiles struct {
	files fs.FS
	rec   *Recorder
}

// Open implements fs.FS.
func (f recordedFiles) Open(name string) (fs.File, error) {
	e := event{Op: opFile, On: name}
	err := e.load(f.files)
	e.Err = failed(err)
	f.rec.add(e)
	if err != nil {
		return nil, err
	}
	return opened(e), nil
}

// load reads the file or directory e.On.
func (e *event) load(files fs.FS) error {
	f, err := files.Open(e.On)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		list, err := fs.ReadDir(files, e.On)
		e.Op = opDir
		for _, d := range list {
			e.Dir = append(e.Dir, entry{Title: d.Name(), Kind: d.Type()})
		}
		return err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if len(b) > maxFile {
		return fmt.Errorf("read %s: more than %d bytes", e.On, maxFile)
	}
	e.setContent(b)
	return err
}

// opened returns what was loaded as an open file.
func opened(e event) fs.File {
	f := &heldFile{entry: entry{Title: path.Base(e.On)}, list: e.Dir}
	if e.Op == opDir {
		f.Kind = fs.ModeDir
	}
	b := e.content()
	f.size = int64(len(b))
	f.content = bytes.NewReader(b)
	return f
}

// entry is a file's name and type; it is an fs.DirEntry and an fs.FileInfo,
// which knows neither permissions nor times.
type entry struct {
	Title string      `json:"name"`
	Kind  fs.FileMode `json:"type,omitempty"`
	size  int64
}

var (
	_ fs.DirEntry = entry{}
	_ fs.FileInfo = entry{}
)

// Name implements fs.DirEntry and fs.FileInfo, as do those below.
func (e entry) Name() string { return e.Title }

// IsDir says whether it is a directory.
func (e entry) IsDir() bool { return e.Kind.IsDir() }

// Type returns the type alone.
func (e entry) Type() fs.FileMode { return e.Kind.Type() }

// Info returns e itself.
func (e entry) Info() (fs.FileInfo, error) { return e, nil }

// Size is 0 in a directory's list.
func (e entry) Size() int64 { return e.size }

// Mode returns the type.
func (e entry) Mode() fs.FileMode { return e.Kind }

// ModTime is not known.
func (e entry) ModTime() time.Time { return time.Time{} }

// Sys returns nil.
func (e entry) Sys() any { return nil }

// heldFile is an open file or directory whose content is held.
type heldFile struct {
	entry
	content *bytes.Reader
	list    []entry // what ReadDir has not given yet
}

var _ fs.ReadDirFile = (*heldFile)(nil)

// Read implements fs.File.
func (f *heldFile) Read(b []byte) (int, error) { return f.content.Read(b) }

// Stat implements fs.File.
func (f *heldFile) Stat() (fs.FileInfo, error) { return f.entry, nil }

// Close implements fs.File.
func (f *heldFile) Close() error { return nil }

// ReadDir implements fs.ReadDirFile.
func (f *heldFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if !f.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: f.Title, Err: fs.ErrInvalid}
	}
	if n <= 0 {
		n = len(f.list)
	} else if len(f.list) == 0 {
		return nil, io.EOF
	}
	var got []fs.DirEntry
	for _, e := range f.list[:min(n, len(f.list))] {
		got = append(got, e)
	}
	f.list = f.list[len(got):]
	return got, nil
}
