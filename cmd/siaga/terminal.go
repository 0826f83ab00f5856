package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// terminal is a person's terminal. What is written to it is partly what nodes and
// people elsewhere say, so that nothing in it may steer the terminal.
type terminal struct{ *os.File }

// shown returns f for a person to read: a terminal, if it is one.
func shown(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return terminal{f}
	}
	return f
}

func isTerminal(out io.Writer) bool {
	_, ok := out.(terminal)
	return ok
}

// Write writes b as plain text. A rune that is split over two calls is shown as
// its bytes are; that never makes a control character of it.
func (t terminal) Write(b []byte) (int, error) {
	if _, err := io.WriteString(t.File, plain(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// WriteString is Write; without it the file's own would be called.
func (t terminal) WriteString(s string) (int, error) { return t.Write([]byte(s)) }

// plain returns b with its control characters, those of C1 among them, and what
// turns the direction of a line, as escapes that can be read. Lines and tabs stay.
func plain(b []byte) string {
	var s strings.Builder
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size == 1:
			if b[0] >= 0x80 && b[0] < 0xa0 { // C1, to a terminal that is not in UTF-8
				fmt.Fprintf(&s, `\x%02x`, b[0])
			} else {
				s.WriteByte(b[0])
			}
		case r == '\n' || r == '\t':
			s.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&s, `\x%02x`, r)
		case unicode.Is(unicode.Bidi_Control, r):
			fmt.Fprintf(&s, `\u%04x`, r)
		default:
			s.Write(b[:size])
		}
		b = b[size:]
	}
	return s.String()
}
