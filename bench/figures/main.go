// Command figures reads the output of Go's benchmarks, passes it on, and ends
// with the figures that the project promises, beside its aims. It fails when one
// of them is missing, and says nothing of one that is missed: machines differ.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

// readingsEach is how many readings the packs of the benchmarks have.
const readingsEach = 60

// figure is one line of the summary.
type figure struct {
	title, benchmark, unit string
	// per divides what was measured; 0 is 1.
	per float64
	// format shows the value, aim what it should be; "" is no aim.
	format, aim string
}

var figures = []figure{
	{"decoding and line protocol, a reading", "Examine", "ns/reading", 0, "%.0f ns", "≤ 600 ns"},
	{"  allocations, a reading", "Examine", "allocs/op", readingsEach, "%.2f", "≤ 1"},
	{"spool, one caller", "Append/1caller", "appends/s", 0, "%.0f appends/s", ""},
	{"spool, 64 callers", "Append/64callers", "appends/s", 0, "%.0f appends/s", ""},
	{"payload, a reading (12 series × 5 samples)", "DecodeCBOR/reference", "bytes/reading", 0, "%.1f bytes", "≤ 16 bytes"},
	{"through the whole center", "Chain", "readings/s", 0, "%.0f readings/s", "≥ 150000 on 2 cores"},
	{"  its lines into InfluxDB over loopback", "Chain", "loopback-readings/s", 0, "%.0f readings/s", ""},
	{"  its lines into InfluxDB without HTTP", "Chain", "direct-readings/s", 0, "%.0f readings/s", ""},
	{"  ratio to loopback", "Chain", "of-loopback", 0, "%.2f", ""},
	{"  ratio to without HTTP", "Chain", "of-direct", 0, "%.2f", ""},
	{"  processor time of the center, a reading", "Chain", "center-cpu-ns/reading", 0, "%.0f ns", ""},
	{"  processor time of the generator, a reading", "Chain", "generator-cpu-ns/reading", 0, "%.0f ns", ""},
}

func run(in io.Reader, out io.Writer) error {
	measured := map[string]map[string]float64{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		fmt.Fprintln(out, lines.Text())
		if name, values, ok := parse(lines.Text()); ok {
			measured[name] = values
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read benchmarks: %w", err)
	}
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	var missing []string
	for _, f := range figures {
		v, ok := measured[f.benchmark][f.unit]
		if !ok {
			missing = append(missing, f.benchmark+" "+f.unit)
			continue
		}
		if f.per != 0 {
			v /= f.per
		}
		aim := ""
		if f.aim != "" {
			aim = "aim " + f.aim
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.title, fmt.Sprintf(f.format, v), aim)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	if len(missing) > 0 {
		return fmt.Errorf("not measured: %s", strings.Join(missing, ", "))
	}
	return nil
}

// cores is what the testing package appends to a name.
var cores = regexp.MustCompile(`-\d+$`)

// parse reads one result: name, rounds, and pairs of value and unit.
func parse(line string) (name string, values map[string]float64, ok bool) {
	rest, ok := strings.CutPrefix(line, "Benchmark")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 4 {
		return "", nil, false
	}
	values = map[string]float64{}
	for i := 2; i+1 < len(fields); i += 2 {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return "", nil, false
		}
		values[fields[i+1]] = v
	}
	return cores.ReplaceAllString(fields[0], ""), values, true
}
