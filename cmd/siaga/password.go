package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/siaga-id/siaga/internal/secret"
)

// maxPasswordFile bounds what is read of one, in bytes.
const maxPasswordFile = 4096

// newPassword asks for a password on the terminal, twice and without showing it,
// or reads it from a file, "-" being the standard input. It is never an argument:
// those are seen by everybody on the machine, and kept by the shell.
func newPassword(file string, in io.Reader, out io.Writer, l lang) (string, error) {
	var word string
	var err error
	switch file {
	case "":
		return askPassword("--password-file", in, out, l)
	case "-":
		var b []byte
		b, err = io.ReadAll(io.LimitReader(in, maxPasswordFile))
		word = strings.TrimRight(string(b), "\r\n")
	default:
		word, err = secret.Read("--password-file", file)
	}
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	if word == "" {
		return "", errors.New("read password: there is none")
	}
	return word, nil
}

// askPassword asks on the terminal; where there is none, flag is what to use.
func askPassword(flag string, in io.Reader, out io.Writer, l lang) (string, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", errors.New(l.say(
			"tidak ada terminal untuk menanyakan kata sandi: pakai "+flag+" FILE, atau - untuk masukan standar",
			"there is no terminal to ask for the password: use "+flag+" FILE, or - for the standard input"))
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(out, prompt)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(out)
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		return string(b), nil
	}
	word, err := ask(l.say("Kata sandi baru: ", "New password: "))
	if err != nil {
		return "", err
	}
	again, err := ask(l.say("Sekali lagi: ", "Once more: "))
	if err != nil {
		return "", err
	}
	if word != again {
		return "", errors.New(l.say("kedua kata sandi tidak sama", "the two passwords differ"))
	}
	return word, nil
}
