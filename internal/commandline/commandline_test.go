package commandline

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// program is one with every kind of command and flag that ours have.
func program(run func() error) *cobra.Command {
	root := &cobra.Command{Use: "alat", Short: "Alat (a tool)", SilenceUsage: true, SilenceErrors: true}
	group := &cobra.Command{Use: "node", Short: "Node (nodes)"}
	group.PersistentFlags().String("center", "", "alamat pusat (the center's address)")
	does := func(*cobra.Command, []string) error { return run() }
	add := &cobra.Command{Use: "add NODE", Short: "Tambah (add)", Args: cobra.ExactArgs(1), RunE: does}
	add.Flags().String("site", "", "kode (code)")
	add.Flags().IntP("valid", "v", 0, "hari (days)")
	if err := add.MarkFlagRequired("site"); err != nil {
		panic(err)
	}
	show := &cobra.Command{Use: "show", Args: cobra.RangeArgs(1, 2), RunE: does}
	list := &cobra.Command{Use: "list", Args: cobra.MaximumNArgs(1), RunE: does}
	set := &cobra.Command{Use: "set", Args: cobra.MinimumNArgs(1), RunE: does}
	set.Flags().String("a", "", "")
	set.Flags().String("b", "", "")
	set.MarkFlagsMutuallyExclusive("a", "b")
	set.MarkFlagsOneRequired("a", "b")
	none := &cobra.Command{Use: "none", Args: cobra.NoArgs, RunE: does}
	group.AddCommand(add, show, list, set, none)
	root.AddCommand(group)
	Prepare(root)
	return root
}

// Each way to mistype a line is said in Indonesian first, and cobra's own words stay.
func TestMistakesAreSaidInBoth(t *testing.T) {
	for line, want := range map[string]string{
		"nod":                         `tidak ada perintah "nod" di "alat"; lihat --help (unknown command "nod" for "alat" Did you mean this? node)`,
		"xyz":                         `tidak ada perintah "xyz" di "alat"; lihat --help (unknown command "xyz" for "alat")`,
		"node xyz":                    `tidak ada perintah "xyz" di "alat node"; lihat --help (unknown command "xyz" for "alat node")`,
		"node none x":                 `tidak ada perintah "x" di "alat node none"; lihat --help (unknown command "x" for "alat node none")`,
		"node add uji-01":             `pilihan yang wajib belum disebut: "site" (required flag(s) "site" not set)`,
		"node add --site 1":           `perlu 1 argumen, disebut 0; lihat --help (accepts 1 arg(s), received 0)`,
		"node list a b":               `paling banyak 1 argumen, disebut 2; lihat --help (accepts at most 1 arg(s), received 2)`,
		"node show":                   `perlu 1 sampai 2 argumen, disebut 0; lihat --help (accepts between 1 and 2 arg(s), received 0)`,
		"node set":                    `perlu paling sedikit 1 argumen, disebut 0; lihat --help (requires at least 1 arg(s), only received 0)`,
		"node set x":                  `sebutkan paling sedikit satu dari pilihan ini: a b (at least one of the flags in the group [a b] is required)`,
		"node set x --a 1 --b 2":      `hanya satu dari pilihan ini: a b; disebut: a b (if any flags in the group [a b] are set none of the others can be; [a b] were all set)`,
		"node add --seite 1":          `tidak ada pilihan --seite; lihat --help (unknown flag: --seite)`,
		"node add -x":                 `tidak ada pilihan 'x' di -x; lihat --help (unknown shorthand flag: 'x' in -x)`,
		"node add x --site":           `pilihan ini perlu nilai: --site (flag needs an argument: --site)`,
		"node add x --=1":             `pilihan ini salah tulis: --=1 (bad flag syntax: --=1)`,
		"node add x --site 1 -v lima": `nilai "lima" salah untuk -v, --valid (invalid argument "lima" for "-v, --valid" flag: strconv.ParseInt: parsing "lima": invalid syntax)`,
	} {
		root := program(func() error { t.Errorf("%s: it ran", line); return nil })
		root.SetArgs(strings.Fields(line))
		said := root.Execute()
		got := Explain(said)
		if got == nil || got.Error() != want || !errors.Is(got, said) {
			t.Errorf("%s:\n%v, want\n%s", line, got, want)
		}
	}
}

// What a command itself says is left as it is.
func TestOtherErrorsStay(t *testing.T) {
	for _, err := range []error{nil, io.EOF, errors.New(`node: unknown command "x" for "y"`), errors.New("accepts what it gets")} {
		root := program(func() error { return err })
		root.SetArgs([]string{"node", "none"})
		if got := Explain(root.Execute()); got != err {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestHelpIsInBoth(t *testing.T) {
	for line, want := range map[string]string{
		"--help": `Alat (a tool)

Cara pakai (usage):
  alat [command]

Perintah (commands):
  completion  Pelengkapan perintah untuk shell (completion for a shell)
  help        Bantuan untuk satu perintah (help about a command)
  node        Node (nodes)

Pilihan (flags):
  -h, --help   bantuan untuk perintah itu (help for that command)

Rincian (more about a command): alat [command] --help
`,
		"node": `Node (nodes)

Cara pakai (usage):
  alat node [command]

Perintah (commands):
  add         Tambah (add)
  list        
  none        
  set         
  show        

Pilihan (flags):
      --center string   alamat pusat (the center's address)

Pilihan semua perintah (global flags):
  -h, --help   bantuan untuk perintah itu (help for that command)

Rincian (more about a command): alat node [command] --help
`,
		"help node add": `Tambah (add)

Cara pakai (usage):
  alat node add NODE [flags]

Pilihan (flags):
      --site string   kode (code)
  -v, --valid int     hari (days)

Pilihan semua perintah (global flags):
      --center string   alamat pusat (the center's address)
  -h, --help            bantuan untuk perintah itu (help for that command)
`,
	} {
		root := program(func() error { t.Error("it ran"); return nil })
		var out strings.Builder
		root.SetOut(&out)
		root.SetArgs(strings.Fields(line))
		if err := root.Execute(); err != nil || out.String() != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", line, err, out.String(), want)
		}
	}
}
