package scan

import (
	"io/fs"
	"os"
)

// own does nothing: a file belongs to who writes it.
func own(*os.File, fs.FileInfo) error { return nil }
