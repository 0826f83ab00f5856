package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/siaga-id/siaga/gateway"
)

// centerFlags are those of every command that asks a running center.
type centerFlags struct {
	url       string
	data      string
	tokenFile string
	plain     bool
	said      string
	asJSON    bool
}

// bind makes the flags known; flags are a command's PersistentFlags where it has
// others below it.
func (f *centerFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "center", defaultCenter, "alamat pusat (the center's address)")
	flags.StringVar(&f.data, "data", "", "direktori data pusat, berisi token untuk mesinnya sendiri (the center's data directory, which holds the token for its own machine; default: "+strings.Join(usualData, ", ")+")")
	flags.StringVar(&f.tokenFile, "token-file", os.Getenv("SIAGA_TOKEN_FILE"), "berkas berisi token, sebagai ganti yang di --data (file with an access token, instead of the one in --data; SIAGA_TOKEN_FILE)")
	flags.BoolVar(&f.plain, "plain-beyond-loopback", false, "kirim token ke mesin lain tanpa enkripsi, bila tidak ada yang dapat menyadap (send the access token to another machine unencrypted, where nobody else can read along)")
	flags.BoolVar(&f.asJSON, "json", false, "JSON")
	bindLang(flags, &f.said)
}

// lang is the language that was asked for.
func (f *centerFlags) lang() (lang, error) { return parseLang(f.said) }

// client asks the center with the token that was named or found. Without any it
// asks all the same, since reading may need none; when it is refused it says what
// is missing.
func (f *centerFlags) client() (centerClient, error) {
	c := newCenterClient(f.url)
	var err error
	switch {
	case f.tokenFile != "":
		c.token, err = readToken(f.tokenFile)
	case f.data != "":
		c.token, err = readToken(filepath.Join(f.data, gateway.AdminTokenFile))
	case !onThisMachine(f.url):
		// What this machine's center wrote is no other's business.
		c.noToken = "give an access token by --token-file: an admin makes one with `siaga token create`"
	default:
		c.token, c.noToken = findToken()
	}
	if err == nil && c.token != "" && !f.plain {
		err = f.unencrypted()
	}
	return c, err
}

// unencrypted says how to reach the center otherwise, where a token would go over
// the network for everybody to read; nil where it does not.
func (f *centerFlags) unencrypted() error {
	if strings.HasPrefix(strings.ToLower(f.url), "https://") || onThisMachine(f.url) {
		return nil
	}
	l, err := f.lang()
	if err != nil {
		return err
	}
	return fmt.Errorf(l.say(
		"token akses akan terkirim tanpa enkripsi ke %s\n  → pakai https:// dan alamat di secure.addrs, dengan keluaran `siaga ca show --pem` sebagai berkas SSL_CERT_FILE;\n"+
			"    atau terowongan: ssh -L 8088:127.0.0.1:8088 PUSAT, lalu tanpa --center; hanya di jaringan tertutup: --plain-beyond-loopback",
		"the access token would go unencrypted to %s\n  → use https:// and an address of secure.addrs, with what `siaga ca show --pem` prints as the file SSL_CERT_FILE;\n"+
			"    or a tunnel: ssh -L 8088:127.0.0.1:8088 CENTER, then without --center; only on a closed network: --plain-beyond-loopback"), f.url)
}

// onThisMachine reports whether a center's address is this machine.
func onThisMachine(center string) bool {
	u, err := url.Parse(center)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && addr.IsLoopback()
}

// readToken reads a token's file, and says what to do where it cannot.
func readToken(file string) (string, error) {
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("read token: %w: the center writes it into its data directory (--data) when it starts, on its own machine; anywhere else give an access token (--token-file)", err)
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("read token: %w: run this as the user that the center runs as, such as `sudo -u siaga siaga …`, or give an access token (--token-file)", err)
	case err != nil:
		return "", fmt.Errorf("read token: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", fmt.Errorf("read token: %s holds no access token", file)
	}
	return token, nil
}

// usualData are where a center's data may be when nobody says it: the defaults of
// `siaga up`, and the package's.
var usualData = []string{"./siaga-data", "./siaga-demo", "/var/lib/siaga"}

// findToken looks where a center usually keeps its data. Of several tokens it
// takes the newest: that center was started last. Without one, missing says why.
func findToken() (token, missing string) {
	var newest time.Time
	missing = fmt.Sprintf("no %s was found in %s: say where the center's data are (--data DIR), or give an access token (--token-file FILE)",
		gateway.AdminTokenFile, strings.Join(usualData, ", "))
	for _, dir := range usualData {
		file := filepath.Join(dir, gateway.AdminTokenFile)
		found, err := readToken(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		info, statErr := os.Stat(file)
		if err = errors.Join(err, statErr); err != nil {
			missing = err.Error()
			continue
		}
		if info.ModTime().After(newest) {
			token, newest = found, info.ModTime()
		}
	}
	return token, missing
}
