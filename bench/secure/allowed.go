//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/siaga-id/siaga/bench/process"
	"github.com/siaga-id/siaga/bench/up"
)

const (
	// nodesEach is how many nodes a process has at the most, filesEach how many
	// files each of them has open: its queue's, and its connection.
	nodesEach = 2500
	filesEach = 7
	// strangers bounds connections that have not shown who they are, at the door and
	// at the broker behind it, whoever opens them.
	strangers = 2 * 4096
)

// fleets is how many processes the nodes are divided among.
func (o options) fleets() int { return (o.nodes + nodesEach - 1) / nodesEach }

// allowed returns why this machine cannot hold so many connections: each has two
// ends here.
func (o options) allowed() error {
	center := o.nodes + min(o.silent, strangers) + up.SpareFiles
	node := (o.nodes/o.fleets()+1)*filesEach + up.SpareFiles
	if err := process.AllowFiles(max(center, node, o.silent+up.SpareFiles)); err != nil {
		return fmt.Errorf("%d nodes: %w, or ask for fewer (-nodes, -silent)", o.nodes, err)
	}
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return fmt.Errorf("ask which ports clients get: %w", err)
	}
	return o.ports(string(text))
}

// ports holds the address and the number of connections against the ports that the
// system gives to clients. A client of a port among them may get that very port
// while the center is away, and then speaks with itself.
func (o options) ports(given string) error {
	var first, last int
	if _, err := fmt.Sscan(given, &first, &last); err != nil {
		return fmt.Errorf("read which ports clients get: %q: %w", given, err)
	}
	_, text, err := net.SplitHostPort(o.addr)
	if err != nil {
		return fmt.Errorf("-addr: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 {
		return fmt.Errorf("-addr %s: want a port with a number: it stays the same when the center is started again", o.addr)
	}
	if port >= first && port <= last {
		return fmt.Errorf("-addr %s: the system gives the ports %d to %d to clients: use another", o.addr, first, last)
	}
	if have, want := last-first+1, o.nodes+o.silent+up.SpareFiles; have < want {
		return fmt.Errorf("the system has %d ports for clients, wanted are %d: allow more (sysctl net.ipv4.ip_local_port_range, as root), or ask for fewer (-nodes, -silent)", have, want)
	}
	return nil
}
