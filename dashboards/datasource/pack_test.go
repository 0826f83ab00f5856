package datasource

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var source = Source{Version: "1.2.3", Manifest: "ab12:pkg/main.go\n"}

// parts are what a build leaves in dist: each test breaks one of them.
func parts(t *testing.T) map[string]string {
	t.Helper()
	is, err := os.ReadFile("src/plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	logo, err := os.ReadFile("src/img/logo.svg")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("word ", 40)
	return map[string]string{
		"plugin.json": strings.NewReplacer("%VERSION%", source.Version, "%TODAY%", "2026-01-31").Replace(string(is)),
		"module.js":   `define(["react"],(e)=>({}))`, "module.js.map": "{}",
		"README.md": text, "CHANGELOG.md": text, "LICENSE": text,
		manifest:       source.Manifest,
		"img/logo.svg": string(logo), "maps/kabupaten.geojson": "{}",
		executable + "_linux_amd64": program(t, elf.EM_X86_64),
		executable + "_linux_arm64": program(t, elf.EM_AARCH64),
	}
}

// program is the head of one for Linux.
func program(t *testing.T, machine elf.Machine) string {
	t.Helper()
	head := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1, Ehsize: 64}
	copy(head.Ident[:], elf.ELFMAG)
	head.Ident[elf.EI_CLASS], head.Ident[elf.EI_DATA], head.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, &head); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// packed packs files and returns the archive's name.
func packed(t *testing.T, files map[string]string) string {
	t.Helper()
	dist := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dist, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), ID+"-"+source.Version+".zip")
	if err := Pack(dist, out, time.Unix(1_800_000_000, 0)); err != nil {
		t.Fatal(err)
	}
	return out
}

func checked(t *testing.T, name string, against Source) error {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	return Check(name, &archive.Reader, against)
}

func TestPack(t *testing.T) {
	files := parts(t)
	name := packed(t, files)
	if err := checked(t, name, source); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if len(archive.File) != len(files) {
		t.Errorf("%d files, want %d", len(archive.File), len(files))
	}
	for _, f := range archive.File {
		want := os.FileMode(0o644)
		if strings.Contains(f.Name, "/gpx_") {
			want = 0o755
		}
		if top, _, _ := strings.Cut(f.Name, "/"); top != ID || f.Mode() != want {
			t.Errorf("%s has mode %v, want %v below %s/", f.Name, f.Mode(), want, ID)
		}
	}
	again, err := os.ReadFile(packed(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if first, err := os.ReadFile(name); err != nil || !bytes.Equal(first, again) {
		t.Errorf("two archives of the same files differ (%v)", err)
	}
}

// TestPackLeavesNothing: what cannot be packed leaves neither an archive nor a
// part of one.
func TestPackLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	if err := Pack(filepath.Join(folder, "absent"), filepath.Join(folder, "x.zip"), time.Now()); err == nil {
		t.Fatal("packed what is not there")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("%v left (%v)", left, err)
	}
}
