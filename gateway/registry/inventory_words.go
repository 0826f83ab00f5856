package registry

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/siaga-id/siaga/internal/reading"
)

// Mistake is one thing that is wrong with what somebody wants the inventory to
// hold.
type Mistake struct {
	// Line is where it stands in an imported file, 0 outside of one.
	Line int
	// Object is what it is about, such as "node:sutojayan-01"; Field what of it,
	// and Value what was given there, shortened.
	Object, Field, Value string
	// ID and EN say in Indonesian and in English what is wanted instead.
	ID, EN string

	part string // of the object, so that an import finds the line
}

// MistakesError tells of everything that is wrong; nothing was changed. It is an
// ErrInvalid.
type MistakesError struct{ Mistakes []Mistake }

// Error says it in English.
func (e *MistakesError) Error() string {
	said := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		said[i] = fmt.Sprintf("%s: %s %q %s", m.Object, m.Field, m.Value, m.EN)
	}
	return strings.Join(said, "; ")
}

// Is makes it an ErrInvalid.
func (e *MistakesError) Is(target error) bool { return target == ErrInvalid }

// maxMistakes bounds what is told of at once.
const maxMistakes = 100

// mistakes collects what is wrong with an object.
type mistakes struct {
	object, part string
	all          []Mistake
}

func (m *mistakes) wrong(field, value, id, en string) {
	m.all = append(m.all, Mistake{Object: m.object, Field: field, Value: clipped(value), ID: id, EN: en, part: m.part})
}

// Limits of texts, in characters.
const (
	maxName   = 100
	maxText   = 2000
	maxReason = 500
)

func (m *mistakes) name(field, v string)  { m.text(field, v, maxName) }
func (m *mistakes) words(field, v string) { m.text(field, v, maxText) }

// text wants one line that people can read, and no more of it than limit.
// Spreadsheets would take one that begins like a formula for one.
func (m *mistakes) text(field, v string, limit int) {
	switch {
	case !utf8.ValidString(v) || strings.ContainsFunc(v, func(c rune) bool { return !unicode.IsPrint(c) }):
		m.wrong(field, v, "berisi karakter yang tidak terlihat atau baris baru", "holds characters that cannot be seen, or a line break")
	case utf8.RuneCountInString(v) > limit:
		m.wrong(field, v, fmt.Sprintf("lebih dari %d karakter", limit), fmt.Sprintf("has more than %d characters", limit))
	case v != strings.TrimSpace(v):
		m.wrong(field, v, "diawali atau diakhiri spasi", "begins or ends with a space")
	case v != "" && strings.ContainsRune("=+-@", rune(v[0])):
		m.wrong(field, v, "tidak boleh diawali =, +, - atau @: lembar kerja menganggapnya rumus", "must not begin with =, +, - or @: spreadsheets take that for a formula")
	}
}

// needed is a text that must not be empty.
func (m *mistakes) needed(field, v string, limit int) {
	if v == "" {
		m.wrong(field, v, "harus diisi", "must not be empty")
	}
	m.text(field, v, limit)
}

// link wants a web address or a file's name, nothing that a browser would run.
func (m *mistakes) link(field, v string) {
	if strings.Contains(v, ":") && !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "http://") {
		m.wrong(field, v, "harus tautan https:// atau nama berkas", "want a link that begins with https://, or a file's name")
		return
	}
	m.text(field, v, maxReason)
}

func (m *mistakes) sensor(v reading.SensorID) {
	if !reading.ValidID(v) {
		m.wrong("sensor", string(v), "harus 2 sampai 31 dari a-z, 0-9 dan -, tidak diawali -", "want 2 to 31 of a-z, 0-9 and -, not beginning with -")
	}
}

// reserved are words that mean something else in topics, in paths or on command
// lines: a node of such a name would be taken for it.
var reserved = []string{
	"ack", "add", "admin", "all", "anonymous", "any", "center", "cmd", "config", "data", "event", "events", "export", "fill",
	"fleet", "gateway", "import", "ingest", "ingester", "live", "log", "me", "node", "nodes", "none", "null", "reply",
	"reported", "server", "siaga", "site", "sites", "state", "status", "system", "token", "tokens", "up", "v1",
}

func (m *mistakes) node(v reading.NodeID) {
	switch {
	case !reading.ValidID(v):
		m.wrong("node", string(v), "harus 2 sampai 31 dari a-z, 0-9 dan -, tidak diawali -", "want 2 to 31 of a-z, 0-9 and -, not beginning with -")
	case slices.Contains(reserved, string(v)):
		m.wrong("node", string(v), "adalah kata yang dipakai sistem; tambahkan nomor, misalnya "+string(v)+"-01", "is a word of the system; add a number, as in "+string(v)+"-01")
	}
}

// clipped bounds what a hostile value may put into an answer.
func clipped(v string) string {
	const most = 80
	if utf8.RuneCountInString(v) <= most {
		return v
	}
	return string([]rune(v)[:most]) + "…"
}
