package wall

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What stands in a node's history has a name on the page of nodes, whatever part of
// the center writes it.
func TestEveryActionOfANodeHasAName(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("src", "nodes", "changes.ts"))
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^  '([a-z]+\.[a-z ]+)': \{ id: '[^']+', en: '[^']+' \},$`).FindAllStringSubmatch(string(text), -1) {
		named[m[1]] = false
	}
	for _, action := range written(t) {
		if _, known := named[action]; !known {
			t.Errorf("%s is written by the center and has no name in changes.ts", action)
		}
		named[action] = true
	}
	for action, found := range named {
		if !found {
			t.Errorf("%s has a name in changes.ts and is written by nobody", action)
		}
	}
}

var (
	// Whole actions whose object is a node, as the gateway's code has them.
	wholeAction = regexp.MustCompile(`"((?:node|event|gaps|token|certificate|configuration)\.[a-z]+)", (?:Object: )?(?:"node:"|e\.audited|is\.audited)|(?:"|action :?= "|, ")(node\.(?:add|set))"`)
	// Those that are put together: of states and of commands.
	configState  = regexp.MustCompile(`case InForce, Failed, Conflict:`)
	commandState = regexp.MustCompile(`(?m)^\tCommand(?:Done|Failed|TimedOut) +CommandState = "([a-z ]+)"`)
	commandName  = regexp.MustCompile(`json:"name" enum:"([a-z,]+)"`)
)

// written are the actions that the center's code writes of nodes.
func written(t *testing.T) []string {
	t.Helper()
	var all []string
	names := 0
	read := func(path string) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for _, m := range wholeAction.FindAllStringSubmatch(text, -1) {
			all = append(all, m[1]+m[2])
		}
		for _, m := range commandState.FindAllStringSubmatch(text, -1) {
			all = append(all, "command."+m[1])
		}
		for _, m := range commandName.FindAllStringSubmatch(text, -1) {
			names++
			for name := range strings.SplitSeq(m[1], ",") {
				all = append(all, "command."+name)
			}
		}
		if configState.MatchString(text) {
			names++
			all = append(all, "configuration.failed", "configuration.conflict")
		}
	}
	gateway := filepath.Join("..", "..", "gateway")
	if err := filepath.WalkDir(gateway, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			read(path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	read(filepath.Join("..", "..", "internal", "wire", "configreported.go"))
	if names != 2 {
		t.Errorf("%d places name commands and outcomes, want 2: they have moved", names)
	}
	return all
}
