package doctor

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/siaga-id/siaga/edge/explain"
)

// indent is the column at which texts begin.
const indent = 26

// PrintLine writes a line for people: a sign and a word, the check, what was
// seen, and below it what to do.
func PrintLine(w io.Writer, l Line, lang explain.Lang) error {
	_, err := fmt.Fprintf(w, "%s %-15s %s\n", mark(l.Status, lang), l.Title, l.Text)
	if err == nil && l.Remedy != "" {
		_, err = fmt.Fprintf(w, "%s→ %s\n", strings.Repeat(" ", indent), l.Remedy)
	}
	return err
}

func mark(s Status, lang explain.Lang) string {
	switch s {
	case OK:
		return lang.Pick("✓ BAIK   ", "✓ OK     ")
	case Warning:
		return lang.Pick("! AWAS   ", "! WARN   ")
	case Failure:
		return lang.Pick("✗ GAGAL  ", "✗ FAIL   ")
	}
	return lang.Pick("– BELUM  ", "– UNKNOWN")
}

// PrintSummary writes what the whole comes to.
func PrintSummary(w io.Writer, r Report, lang explain.Lang) error {
	count := map[Status]int{}
	for _, l := range r.Lines {
		count[l.Status]++
	}
	text := lang.Pick("Semua baik.", "All is well.")
	if r.ExitCode() > 0 {
		text = lang.Say("%d gagal, %d awas, %d baik. Kerjakan dari atas: yang di bawah sering ikut sembuh.",
			"%d failed, %d warnings, %d well. Work from the top: what is below often heals with it.", count[Failure], count[Warning], count[OK])
	}
	_, err := fmt.Fprintf(w, "\n%s\n", text)
	return err
}

// span says how long something took or is ago, in its largest unit.
func span(lang explain.Lang, d time.Duration) string {
	n, unit, one := d/time.Second, lang.Pick("detik", "seconds"), lang.Pick("detik", "second")
	switch {
	case d >= 48*time.Hour:
		n, unit = d/(24*time.Hour), lang.Pick("hari", "days")
	case d >= 2*time.Hour:
		n, unit = d/time.Hour, lang.Pick("jam", "hours")
	case d >= 2*time.Minute:
		n, unit = d/time.Minute, lang.Pick("menit", "minutes")
	case n == 1:
		unit = one
	}
	return fmt.Sprintf("%d %s", n, unit)
}
