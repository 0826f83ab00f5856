//go:build !linux

package system

import (
	"errors"
	"fmt"
)

func free(path string) (uint64, error) {
	return 0, fmt.Errorf("look at %s: %w", path, errors.ErrUnsupported)
}
