// Package secret reads passwords and tokens from files of their own, so that
// they stand in no configuration. It must not log what it reads, and keeps nothing
// but what stood in a File last.
package secret

import (
	"fmt"
	"os"
	"strings"
)

// Read returns what stands in file, without the line's end; no file is no
// secret. An error names the configuration's key.
func Read(key, file string) (string, error) {
	if file == "" {
		return "", nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
