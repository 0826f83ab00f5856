//go:build !linux

package doctor

import (
	"errors"
	"fmt"
)

// Free cannot tell here: nodes run Linux.
func Free(dir string) (uint64, error) {
	return 0, fmt.Errorf("look at %s: %w", dir, errors.ErrUnsupported)
}

// Access returns nil: nodes run Linux.
func Access(string) error { return nil }
