package authority

import (
	"net"
	"net/netip"
	"slices"

	"github.com/siaga-id/siaga/internal/enrolment"
)

// Centers are the addresses at which nodes reach the center, host:port, in the
// order to try them: the configured names; else where it listens; and where that
// is everywhere, this machine's addresses. None where nothing is listened to.
func (a *Authority) Centers() []string {
	addrs, port := a.listening()
	if port == "" {
		return nil
	}
	var all []string
	add := func(host, port string) {
		if hp := net.JoinHostPort(host, port); enrolment.CheckCenters([]string{hp}) == nil && !slices.Contains(all, hp) && len(all) < enrolment.MaxCenters {
			all = append(all, hp)
		}
	}
	for _, n := range a.opt.Names {
		if host, own, err := net.SplitHostPort(n); err == nil {
			add(host, own)
		} else {
			add(n, port)
		}
	}
	if len(all) > 0 {
		return all
	}
	for _, hp := range addrs {
		host, port, err := net.SplitHostPort(hp)
		if err != nil {
			continue
		}
		if !everywhere(host) {
			add(host, port)
			continue
		}
		for _, ip := range a.machine() {
			add(ip, port)
		}
	}
	return all
}

// hosts are what the center's certificate is made out to, beside its own name.
func (a *Authority) hosts() []string {
	var all []string
	for _, n := range a.opt.Names {
		if host, _, err := net.SplitHostPort(n); err == nil {
			n = host
		}
		all = append(all, n)
	}
	addrs, _ := a.listening()
	for _, hp := range addrs {
		host, _, err := net.SplitHostPort(hp)
		switch {
		case err != nil:
		case everywhere(host):
			all = append(all, a.machine()...)
		default:
			all = append(all, host)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// listening is where the center listens, with the first port.
func (a *Authority) listening() (addrs []string, port string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.addrs) > 0 {
		_, port, _ = net.SplitHostPort(a.addrs[0])
	}
	return a.addrs, port
}

// everywhere says whether a host to listen on is all of this machine's.
func everywhere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

// machine is this machine's addresses that others can reach, IPv4 first.
func (a *Authority) machine() []string {
	addrs, err := a.opt.interfaces()
	if err != nil {
		a.opt.Logger.Warn("look up this machine's addresses", "err", err)
		return nil
	}
	var v4, v6 []string
	for _, addr := range addrs {
		n, ok := addr.(*net.IPNet)
		switch {
		case !ok || !n.IP.IsGlobalUnicast():
		case n.IP.To4() != nil:
			v4 = append(v4, n.IP.String())
		default:
			v6 = append(v6, n.IP.String())
		}
	}
	slices.Sort(v4)
	slices.Sort(v6)
	return append(v4, v6...)
}
