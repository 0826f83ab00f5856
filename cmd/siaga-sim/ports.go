package main

import (
	"fmt"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
)

// servePorts serves a node's serial chips until ctx ends.
func servePorts(cmd *cobra.Command, s settings) error {
	opt, err := s.options()
	if err != nil {
		return err
	}
	out, v := cmd.OutOrStdout(), opt.Villages[0]
	fmt.Fprintf(out, "SIMULASI: chip serial %s (SIMULATED: its serial chips)\n", v.Node)
	announceTrace(out, s, opt)
	var mu sync.Mutex // covers out
	return fleet.ServePorts(cmd.Context(), opt, v, func(sensor, driver, tty string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, "%-15s %-13s %s\n", sensor, driver, tty)
	})
}

// list prints names, or that there are none.
func list(names []string) string {
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, ", ")
}
