// Package wall holds the center's pages: the built-in video wall that shows every
// village's newest readings to a Command Center, the page to sign in, and that of
// the nodes for technicians. Their sources are TypeScript in this folder; `npm ci
// && npm run build` writes dist, which is embedded here.
//
// It must not serve HTTP or know the API: it only hands out files.
package wall

import (
	"embed"
	"io/fs"
)

// dist holds nothing but .gitkeep where the wall was not built, so that Go
// programs build without npm.
//
//go:embed all:dist
var dist embed.FS

// Files returns the built pages: at the root index.html, which is the wall,
// masuk.html and nodes.html. Names under assets/ carry a hash of their content and
// may be cached for ever; every other file must be revalidated. Where they were not
// built there is no index.html, and opening it gives fs.ErrNotExist. The files need
// no wider content security policy than default-src 'self'. Safe for concurrent
// use.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // only for an invalid name, and "dist" is a valid one
	}
	return sub
}
