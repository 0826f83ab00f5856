package secret

import (
	"fmt"
	"strings"
	"sync"
)

// File is a secret in a file that may be replaced while the program runs. Its
// methods may be called concurrently; a nil File has no secret.
type File struct {
	key, name string

	mu   sync.Mutex
	last string
}

// Open reads the file for the first time; no name is no secret, and a nil File.
// An error names the configuration's key.
func Open(key, name string) (*File, error) {
	if name == "" {
		return nil, nil
	}
	text, err := Read(key, name)
	return &File{key: key, name: name, last: text}, err
}

// Current is what stands in the file now. With an error, which names the
// configuration's key, it is what stood there last: a file that is being replaced
// may be gone, half written or not yet ours to read for a moment.
func (f *File) Current() (string, error) {
	if f == nil {
		return "", nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	text, err := Read(f.key, f.name)
	switch {
	case err != nil:
	case strings.TrimSpace(text) == "" && f.last != "":
		err = fmt.Errorf("%s: %s is empty", f.key, f.name)
	default:
		f.last = text
	}
	return f.last, err
}
