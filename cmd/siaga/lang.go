package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"
)

// lang is the language of a person at a terminal.
type lang string

const (
	indonesian lang = "id"
	english    lang = "en"
)

// bindLang makes --lang known, of which SIAGA_LANG is the default.
func bindLang(flags *pflag.FlagSet, said *string) {
	flags.StringVar(said, "lang", os.Getenv("SIAGA_LANG"), "id, en (bahasa, language; default: id)")
}

// parseLang reads --lang; nothing said is Indonesian.
func parseLang(said string) (lang, error) {
	switch l := lang(said); l {
	case "":
		return indonesian, nil
	case indonesian, english:
		return l, nil
	}
	return "", fmt.Errorf("--lang %q: want id or en", said)
}

// say chooses between the two.
func (l lang) say(id, en string) string {
	if l == english {
		return en
	}
	return id
}
