package datasource

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestBackendKeepsToItself holds the back half to what Grafana's validator lets
// pass: it asks neither environment nor files nor the system.
func TestBackendKeepsToItself(t *testing.T) {
	forbidden := []string{"io/ioutil", "os/exec", "os/user", "plugin", "syscall", "unsafe", "golang.org/x/sys/unix"}
	fromOS := []string{"Exit", "Stderr", "Interrupt", "Signal"}
	seen := 0
	err := filepath.WalkDir("pkg", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		seen++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, imported := range file.Imports {
			path, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				return err
			}
			if slices.Contains(forbidden, path) || path == "os" && imported.Name != nil {
				t.Errorf("%s imports %s", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if of, ok := n.(*ast.SelectorExpr); ok {
				if p, ok := of.X.(*ast.Ident); ok && p.Name == "os" && !slices.Contains(fromOS, of.Sel.Name) {
					t.Errorf("%s: os.%s", set.Position(of.Pos()), of.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || seen == 0 {
		t.Errorf("%d files read, %v", seen, err)
	}
}

// TestVersions: what npm calls the plugin is what Grafana calls it.
func TestVersions(t *testing.T) {
	var is struct{ Name, Version string }
	read(t, "package.json", &is)
	if is.Name != ID || !semver.MatchString(is.Version) {
		t.Errorf("package.json has %s %s, want %s and a version", is.Name, is.Version, ID)
	}
	changes, err := os.ReadFile("CHANGELOG.md")
	if err != nil || !strings.Contains(string(changes), "\n## "+is.Version+"\n") {
		t.Errorf("CHANGELOG.md says nothing of %s (%v)", is.Version, err)
	}
}

// TestMap: the ground says that it is schematic, is small, and lies in the
// kabupaten with every kecamatan.
func TestMap(t *testing.T) {
	const name = "src/maps/kabupaten-blitar.geojson"
	var ground struct {
		Type, Description string
		Features          []struct {
			Properties struct{ Kind, Name, Code string }
			Geometry   struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	read(t, name, &ground)
	if ground.Type != "FeatureCollection" || !strings.HasPrefix(ground.Description, "Skematis") {
		t.Errorf("%s %q, want a FeatureCollection that says it is schematic", ground.Type, ground.Description)
	}
	if is, err := os.Stat(name); err != nil || is.Size() > 30_000 {
		t.Errorf("%v (%v), want at most 30 kB", is.Size(), err)
	}
	kecamatan := map[string]bool{}
	for _, f := range ground.Features {
		points := make([][2]float64, 1)
		var err error
		if f.Geometry.Type == "Point" {
			err = json.Unmarshal(f.Geometry.Coordinates, &points[0])
		} else {
			err = json.Unmarshal(f.Geometry.Coordinates, &points)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range points {
			if lon, lat := at[0], at[1]; lon < 111.9 || lon > 112.5 || lat < -8.4 || lat > -7.9 {
				t.Errorf("%s lies at %v %v", f.Properties.Name, lat, lon)
			}
		}
		if f.Properties.Kind == "kecamatan" && strings.HasPrefix(f.Properties.Code, "35.05.") {
			kecamatan[f.Properties.Code] = true
		}
	}
	if len(kecamatan) != 22 {
		t.Errorf("%d kecamatan, want 22", len(kecamatan))
	}
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
