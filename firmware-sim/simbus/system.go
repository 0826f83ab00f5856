package simbus

import (
	"context"
	"fmt"
	"io/fs"
	"os/exec"
)

// System is what a board's operating system tells of itself.
type System interface {
	// Files are the machine's, from the root; their content may change.
	Files() fs.FS
	// Command returns what a program of the machine prints; exec.ErrNotFound is a
	// program that it does not have.
	Command(name string, args ...string) ([]byte, error)
}

// Install gives the board a system. It is called before the board is used.
func (m *Machine) Install(s System) { m.system = s }

// Files returns the system's files; a board without a system has none.
func (m *Machine) Files() fs.FS {
	if m.system == nil {
		return noFiles{}
	}
	return m.system.Files()
}

// Command asks a program of the system; a board without a system has none.
func (m *Machine) Command(ctx context.Context, name string, args ...string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("run %s: %w", name, err)
	}
	if m.system == nil {
		return nil, fmt.Errorf("run %s: %w", name, exec.ErrNotFound)
	}
	out, err := m.system.Command(name, args...)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", name, err)
	}
	return out, nil
}

// noFiles is the system of a board that has none.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
