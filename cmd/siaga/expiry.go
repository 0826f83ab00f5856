package main

import "time"

// expiryAnswer is something that ends, as a center says it.
type expiryAnswer struct {
	What string    `json:"what"`
	Name string    `json:"name"`
	When time.Time `json:"when"`
	Soon bool      `json:"soon"`
}

// label names it for people.
func (e expiryAnswer) label(l lang) string {
	switch e.What {
	case "ca":
		return l.say("Otoritas sertifikat", "Certificate authority")
	case "server":
		return l.say("Sertifikat pusat", "The center's certificate")
	case "given":
		return l.say("Sertifikat ", "Certificate ") + e.Name
	case "node":
		return l.say("Sertifikat node ", "Certificate of node ") + e.Name
	}
	return e.What + " " + e.Name
}

// expiryRows warns of what ends soon, and of what has ended.
func (s *wholeStatus) expiryRows(row func(mark, label, format string, args ...any), l lang) {
	for _, e := range s.Expiries {
		if !e.Soon {
			continue
		}
		left := e.When.Sub(s.Time)
		if left <= 0 {
			row(bad, e.label(l), "%s (%s)", l.say("sudah berakhir", "has ended"), clock(e.When))
			continue
		}
		row(look, e.label(l), l.say("berakhir %s, %d hari lagi", "ends %s, in %d days"), clock(e.When), int(left/(24*time.Hour)))
	}
}

// expired says what of the center's own has ended: that of a node is the node's
// trouble, and it may renew it yet.
func (s *wholeStatus) expired() []string {
	var all []string
	for _, e := range s.Expiries {
		if e.What != "node" && !e.When.After(s.Time) {
			all = append(all, "certificate has ended: "+e.What+" "+e.Name)
		}
	}
	return all
}
