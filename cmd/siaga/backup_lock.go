package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/internal/secret"
)

// passphraseFile names the file of a passphrase where no flag does.
const passphraseFile = "SIAGA_BACKUP_PASSPHRASE_FILE"

// lockFlags say by what a backup is to be opened. A passphrase is never an
// argument.
type lockFlags struct {
	passphrase string
	recipients []string
}

func (k *lockFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&k.passphrase, "passphrase-file", os.Getenv(passphraseFile), "berkas kata sandi, - untuk masukan standar (file with the passphrase, - for the standard input; "+passphraseFile+")")
	flags.StringSliceVar(&k.recipients, "recipient", nil, "kunci umum age1…, alih-alih kata sandi (public key instead of a passphrase; siaga backup key)")
}

// lock asks for a passphrase, twice, where nothing else is said.
func (k *lockFlags) lock(in io.Reader, out io.Writer, l lang) (backup.Lock, error) {
	if len(k.recipients) > 0 {
		return backup.Lock{Recipients: k.recipients}, nil
	}
	word, err := readPassphrase(k.passphrase, in, func() (string, error) { return askPassword("--passphrase-file", in, out, l) })
	return backup.Lock{Passphrase: word}, err
}

// keyFlags say what opens a backup.
type keyFlags struct{ passphrase, key string }

func (k *keyFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&k.passphrase, "passphrase-file", os.Getenv(passphraseFile), "berkas kata sandi, - untuk masukan standar (file with the passphrase, - for the standard input; "+passphraseFile+")")
	flags.StringVar(&k.key, "key", "", "berkas kunci rahasia (file with the secret key, of siaga backup key or age-keygen)")
}

// open asks for the passphrase where nothing else is said.
func (k *keyFlags) open(in io.Reader, out io.Writer, l lang) (backup.Key, error) {
	if k.key != "" {
		b, err := os.ReadFile(k.key)
		if err != nil {
			return backup.Key{}, fmt.Errorf("--key: %w", err)
		}
		return backup.ParseKey(b)
	}
	word, err := readPassphrase(k.passphrase, in, func() (string, error) { return askOnce(in, out, l) })
	if err != nil {
		return backup.Key{}, err
	}
	return backup.Passphrase(word)
}

// readPassphrase reads a passphrase from a file, "-" being the standard input, or
// asks for it.
func readPassphrase(file string, in io.Reader, ask func() (string, error)) (string, error) {
	var word string
	var err error
	switch file {
	case "":
		return ask()
	case "-":
		var b []byte
		b, err = io.ReadAll(io.LimitReader(in, maxPasswordFile))
		word = strings.TrimRight(string(b), "\r\n")
	default:
		word, err = secret.Read("--passphrase-file", file)
	}
	if err != nil {
		return "", fmt.Errorf("read passphrase: %w", err)
	}
	if word == "" {
		return "", errors.New("read passphrase: there is none")
	}
	return word, nil
}

// askOnce asks on the terminal, without showing it.
func askOnce(in io.Reader, out io.Writer, l lang) (string, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", errors.New(l.say(
			"tidak ada terminal untuk menanyakan kata sandi: pakai --passphrase-file FILE atau --key FILE",
			"there is no terminal to ask for the passphrase: use --passphrase-file FILE or --key FILE"))
	}
	fmt.Fprint(out, l.say("Kata sandi cadangan: ", "The backup's passphrase: "))
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(out)
	if err != nil {
		return "", fmt.Errorf("read passphrase: %w", err)
	}
	return string(b), nil
}
