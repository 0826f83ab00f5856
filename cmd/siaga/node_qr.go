package main

import (
	"fmt"
	"io"
	"strings"

	"rsc.io/qr"
)

// quiet is the light border that readers need, in modules (ISO/IEC 18004 §9.1).
const quiet = 4

// printQR draws text as a QR code, two modules to a character. On a terminal the
// colours are said too, since nobody knows its background; elsewhere it is drawn
// for a dark one, as terminals mostly are.
func printQR(out io.Writer, text string) error {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return fmt.Errorf("draw QR code: %w", err)
	}
	begin, end := "", ""
	if t, ok := out.(terminal); ok {
		begin, end = "\x1b[97;40m", "\x1b[0m"
		out = t.File
	}
	light := func(x, y int) bool { return !code.Black(x-quiet, y-quiet) }
	var drawn strings.Builder
	for y := 0; y < code.Size+2*quiet; y += 2 {
		drawn.WriteString(begin)
		for x := range code.Size + 2*quiet {
			switch top, bottom := light(x, y), light(x, y+1) && y+1 < code.Size+2*quiet; {
			case top && bottom:
				drawn.WriteString("█")
			case top:
				drawn.WriteString("▀")
			case bottom:
				drawn.WriteString("▄")
			default:
				drawn.WriteString(" ")
			}
		}
		drawn.WriteString(end + "\n")
	}
	_, err = io.WriteString(out, drawn.String())
	return err
}
