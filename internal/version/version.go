// Package version says which release a program is. It must not import anything
// of the project.
package version

// Version is the release, or "dev" for a build from a work tree. The linker sets
// it.
var Version = "dev"
