package wall

import (
	"bytes"
	"errors"
	"io/fs"
	"regexp"
	"testing"
)

// outside finds what would make a browser ask another host or run inline code.
var outside = regexp.MustCompile(`(?i)(?:src|href)="?(?:https?:)?//|<script(?:\s[^>]*)?>[^<]|<style|\sstyle=|\son[a-z]+=|data:`)

// A checkout that never ran npm has no page to look at; it must still build and
// say so by fs.ErrNotExist.
func TestFiles(t *testing.T) {
	for _, name := range []string{"index.html", "masuk.html", "nodes.html"} {
		t.Run(name, func(t *testing.T) { checkPage(t, name) })
	}
}

func checkPage(t *testing.T, name string) {
	page, err := fs.ReadFile(Files(), name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := fs.Stat(Files(), ".gitkeep"); err != nil {
			t.Fatalf("neither the built wall nor its placeholder is embedded: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if bad := outside.Find(page); bad != nil {
		t.Errorf("it holds %q, which the content security policy forbids", bad)
	}
	for _, ref := range regexp.MustCompile(`(?:src|href)="\./([^"]+)"`).FindAllSubmatch(page, -1) {
		if _, err := fs.Stat(Files(), string(ref[1])); err != nil {
			t.Errorf("it refers to %s: %v", ref[1], err)
		}
	}
	if !bytes.Contains(page, []byte(`<html lang="id">`)) {
		t.Error("it is not in Indonesian")
	}
}
