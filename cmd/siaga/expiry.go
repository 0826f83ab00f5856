package main

import (
	"strings"
	"time"
	"unicode"
)

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
	case "given", "file":
		return l.say("Sertifikat ", "Certificate ") + e.Name
	case "node":
		return l.say("Sertifikat node ", "Certificate of node ") + e.Name
	case "token":
		return "Token " + e.Name
	case "peer":
		return l.say("Sertifikat server ", "Certificate of the server ") + e.Name
	}
	return e.What + " " + e.Name
}

// remedy says what to do about it.
func (e expiryAnswer) remedy(l lang) string {
	switch e.What {
	case "ca":
		return l.say("jalankan: siaga ca rotate", "run: siaga ca rotate")
	case "server":
		return l.say("seharusnya diperbarui sendiri: periksa jam mesin dan log pusat", "it should have renewed itself: look at the machine's clock and the center's log")
	case "given":
		return l.say("ganti berkas secure.cert_file dan secure.key_file; dipakai tanpa start ulang", "replace the files of secure.cert_file and secure.key_file; taken over without a restart")
	case "file":
		return l.say("ganti berkas itu, lalu start ulang bila itu influx.ca_file", "replace that file, and restart where it is influx.ca_file")
	case "node":
		return l.say("node seharusnya memperbaruinya sendiri: periksa sambungannya; setelah setahun perlu: siaga node token ", "the node should have renewed it: look at its link; after a year it needs: siaga node token ") + e.Name
	case "token":
		id, name, _ := strings.Cut(e.Name, " ")
		return l.say("buat yang baru: siaga token create ", "make another: siaga token create ") + shellWord(name) + l.say("; pasang; lalu: siaga token revoke ", "; put it in place; then: siaga token revoke ") + id
	case "peer":
		return l.say("pasang sertifikat baru di server itu; untuk broker: siaga broker-config", "put a new certificate on that server; for a broker: siaga broker-config")
	}
	return ""
}

// shellWord is a name as it is typed into a shell.
func shellWord(name string) string {
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r) {
			return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
		}
	}
	return name
}

// expiryRows warns of what ends soon, and of what has ended, with what to do.
func (s *wholeStatus) expiryRows(row func(mark, label, format string, args ...any), l lang) {
	for _, e := range s.Expiries {
		if !e.Soon {
			continue
		}
		left := e.When.Sub(s.Time)
		if left <= 0 {
			row(bad, e.label(l), "%s (%s) → %s", l.say("sudah berakhir", "has ended"), clock(e.When), e.remedy(l))
			continue
		}
		row(look, e.label(l), l.say("berakhir %s, %d hari lagi → %s", "ends %s, in %d days → %s"), clock(e.When), int(left/(24*time.Hour)), e.remedy(l))
	}
}

// expired says what of the center's own has ended. That of a node is the node's
// trouble, and it may renew it yet; an access token may have been replaced.
func (s *wholeStatus) expired() []string {
	var all []string
	for _, e := range s.Expiries {
		if e.What != "node" && e.What != "token" && !e.When.After(s.Time) {
			all = append(all, "certificate has ended: "+e.What+" "+e.Name)
		}
	}
	return all
}

// exposureAnswer is a setting that sends something over the network unencrypted.
type exposureAnswer struct {
	Setting string `json:"setting"`
	Addr    string `json:"addr"`
	Risk    string `json:"risk"`
}

// danger says what it risks.
func (e exposureAnswer) danger(l lang) string {
	switch e.Setting {
	case "http.plain_beyond_loopback":
		return l.say("siapa pun yang menyadap di sana mendapat kata sandi dan sesi; pakai secure.addrs", e.Risk+"; use secure.addrs")
	case "mqtt.plain_beyond_loopback":
		return l.say("siapa pun yang menyadap di sana mendapat kata sandi; pakai secure.addrs", e.Risk+"; use secure.addrs")
	case "mqtt.url":
		return l.say("siapa pun di jalur ke broker mendapat kata sandi dan dapat mengubah bacaan; pakai tls://", e.Risk+"; use tls://")
	case "influx.url":
		return l.say("siapa pun di jalur ke InfluxDB mendapat token dan dapat mengubah bacaan; pakai https://", e.Risk+"; use https://")
	}
	return e.Risk
}

// exposureRows shows each loudly: somebody allowed it once, and it must not be
// forgotten.
func (s *wholeStatus) exposureRows(row func(mark, label, format string, args ...any), l lang) {
	for _, e := range s.Exposed {
		row(look, l.say("TANPA ENKRIPSI: ", "NOT ENCRYPTED: ")+e.Setting, "%s → %s", e.Addr, e.danger(l))
	}
}
