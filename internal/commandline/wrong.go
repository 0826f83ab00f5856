package commandline

import (
	"regexp"
	"strings"
)

// wrongs are what cobra and pflag say of a line, and the same in Indonesian. What
// cobra says of arguments and missing flags has no type and passes no hook, so that
// the text itself is what is known of it.
var wrongs = []struct {
	says *regexp.Regexp
	id   string
}{
	{regexp.MustCompile(`^unknown command ("[^"]*") for ("[^"]*")`), `tidak ada perintah $1 di $2; lihat --help`},
	{regexp.MustCompile(`^required flag\(s\) (".*") not set$`), `pilihan yang wajib belum disebut: $1`},
	{regexp.MustCompile(`^accepts (\d+) arg\(s\), received (\d+)$`), `perlu $1 argumen, disebut $2; lihat --help`},
	{regexp.MustCompile(`^accepts at most (\d+) arg\(s\), received (\d+)$`), `paling banyak $1 argumen, disebut $2; lihat --help`},
	{regexp.MustCompile(`^accepts between (\d+) and (\d+) arg\(s\), received (\d+)$`), `perlu $1 sampai $2 argumen, disebut $3; lihat --help`},
	{regexp.MustCompile(`^requires at least (\d+) arg\(s\), only received (\d+)$`), `perlu paling sedikit $1 argumen, disebut $2; lihat --help`},
	{regexp.MustCompile(`^if any flags in the group \[(.*)\] are set none of the others can be; \[(.*)\] were all set$`), `hanya satu dari pilihan ini: $1; disebut: $2`},
	{regexp.MustCompile(`^at least one of the flags in the group \[(.*)\] is required$`), `sebutkan paling sedikit satu dari pilihan ini: $1`},
	{regexp.MustCompile(`^unknown flag: (\S+)$`), `tidak ada pilihan $1; lihat --help`},
	{regexp.MustCompile(`^unknown shorthand flag: ('.*') in (\S+)$`), `tidak ada pilihan $1 di $2; lihat --help`},
	{regexp.MustCompile(`^flag needs an argument: (.+)$`), `pilihan ini perlu nilai: $1`},
	{regexp.MustCompile(`^bad flag syntax: (.+)$`), `pilihan ini salah tulis: $1`},
	{regexp.MustCompile(`^invalid argument (".*") for "([^"]+)" flag: `), `nilai $1 salah untuk $2`},
}

// Explain puts the Indonesian before an error of the line that somebody typed, and
// returns any other error as it is, nil too.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, w := range wrongs {
		if at := w.says.FindStringSubmatchIndex(text); at != nil {
			return &wrong{string(w.says.ExpandString(nil, w.id, text, at)), err}
		}
	}
	return err
}

// wrong is a mistake in a line, said in both languages on one line.
type wrong struct {
	id  string
	err error
}

func (w *wrong) Error() string {
	return w.id + " (" + strings.Join(strings.Fields(w.err.Error()), " ") + ")"
}

// Unwrap returns what cobra said.
func (w *wrong) Unwrap() error { return w.err }
