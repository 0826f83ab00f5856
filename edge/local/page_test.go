package local

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// maxPage is what the page may weigh in all: it is loaded over a weak link.
const maxPage = 60_000

func TestPageIsSmallAndWhole(t *testing.T) {
	h := newServer(t, nil).pageHandler()
	total := 0
	err := fs.WalkDir(embedded, "page", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(embedded, path)
		total += len(b)
		at := strings.TrimPrefix(path, "page")
		if at == "/index.html" {
			at = "/"
		}
		w := do(h, request("GET", at, ""))
		if w.Code != http.StatusOK || w.Body.String() != string(b) {
			t.Errorf("GET %s: %d, %d bytes", at, w.Code, w.Body.Len())
		}
		for _, url := range regexp.MustCompile(`https?://[^'"\s]+`).FindAllString(string(b), -1) {
			if url != "http://www.w3.org/2000/svg" {
				t.Errorf("%s names %s: the village has no internet", path, url)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if total > maxPage {
		t.Errorf("the page has %d bytes, more than %d", total, maxPage)
	}
	for _, at := range []string{"/page/", "/../server.go", "/index.html/x", "/.git/config"} {
		if w := do(h, request("GET", at, "")); w.Code == http.StatusOK {
			t.Errorf("GET %s is served", at)
		}
	}
}
