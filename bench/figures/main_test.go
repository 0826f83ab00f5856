package main

import (
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkExamine-2    	   12795	     28436 ns/op	       473.9 ns/reading	      44 B/op	       6 allocs/op
BenchmarkAppend/1caller-2         	    2724	    110275 ns/op	      9068 appends/s
BenchmarkAppend/64callers-2       	   44748	      7673 ns/op	    130323 appends/s
BenchmarkDecodeCBOR/reference-2   	  100000	     10000 ns/op	        15.16 bytes/reading
BenchmarkOther-2   	  100000	     not a number
BenchmarkChain-2   	       2	 7166 center-cpu-ns/reading	 163996 direct-readings/s	 210.1 generator-cpu-ns/reading	 170485 loopback-readings/s	 0.67 of-direct	 0.65 of-loopback	 111406 readings/s
PASS
`

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(output), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		output,
		"decoding and line protocol, a reading          474 ns              aim ≤ 600 ns\n",
		"  allocations, a reading                       0.10                aim ≤ 1\n",
		"spool, 64 callers                              130323 appends/s",
		"through the whole center                       111406 readings/s   aim ≥ 150000 on 2 cores\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}

func TestRunMissesABenchmark(t *testing.T) {
	var out strings.Builder
	err := run(strings.NewReader(strings.Replace(output, "BenchmarkChain", "--- FAIL: BenchmarkChain", 1)), &out)
	if err == nil || !strings.Contains(err.Error(), "not measured: Chain readings/s") {
		t.Errorf("error %v", err)
	}
}
