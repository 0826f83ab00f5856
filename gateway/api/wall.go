package api

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

const notBuilt = `<!doctype html>
<html lang="en">
<title>Siaga</title>
<p>Siaga is running, but its wall has not been built into this program. Run <code>make wall</code>, build the program again, and start it again. The data are there all the same: see <a href="/api/v1/nodes">/api/v1/nodes</a>.</p>
</html>
`

// pages are the wall's and the other pages' files, by the paths that people type,
// scan and keep.
var pages = map[string]string{"/": "index.html", "/masuk": "masuk.html", "/nodes": "nodes.html"}

// wall serves the files of the built wall and pages, and no listings of its
// folders.
func wall(files fs.FS) http.Handler {
	_, err := fs.Stat(files, "index.html")
	built := err == nil
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, page := pages[r.URL.Path]
		if !page {
			name = strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		}
		if _, there := pages["/"+name]; there && !page {
			// A page's files lie beside it, not below.
			http.Redirect(w, r, "/"+name, http.StatusMovedPermanently)
			return
		}
		if page && !built {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Cache-Control", "no-cache")
			w.Write([]byte(notBuilt)) //nolint:errcheck // nobody else to tell
			return
		}
		if info, err := fs.Stat(files, name); err != nil || info.IsDir() {
			http.NotFound(w, r)
			return
		}
		// The build puts a digest of the contents into the names in assets/.
		w.Header().Set("Cache-Control", "no-cache")
		if strings.HasPrefix(name, "assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		http.ServeFileFS(w, r, files, name)
	})
}
