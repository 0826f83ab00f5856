package enrol

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/siaga-id/siaga/internal/wholefile"
)

// Fetched is the pattern of the token files that Fetch has brought into a data
// directory, for TakeOptions.
func Fetched(dataDir string) string { return filepath.Join(dataDir, folder, "siaga-token*.txt") }

// Fetch moves the token files of patterns into the data directory, where the service
// may read and delete them: a boot partition is root's alone. It is for root, before
// the service starts, and asks nobody. What is no token stays where it is, and is an
// error beside the others.
func Fetch(patterns []string, dataDir string) error {
	var errs []error
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		errs = append(errs, err)
		for _, path := range paths {
			errs = append(errs, fetch(path, dataDir))
		}
	}
	return errors.Join(errs...)
}

func fetch(path, dataDir string) error {
	token, err := ReadTokenFile(path)
	if err != nil {
		return fmt.Errorf("take %s: %w", path, err)
	}
	name := fmt.Sprintf("siaga-token-%s.txt", token.Node)
	if err := wholefile.Replace(wholefile.Dir(filepath.Join(dataDir, folder)), name, []byte(token.String()+"\n")); err != nil {
		return fmt.Errorf("take %s: %w", path, err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("it was taken and cannot be deleted, delete it by hand: %w", err)
	}
	return nil
}
