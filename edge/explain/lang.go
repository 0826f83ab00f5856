package explain

import "fmt"

// Lang is the language that a technician reads.
type Lang string

// The languages.
const (
	ID Lang = "id" // Bahasa Indonesia
	EN Lang = "en"
)

// ParseLang returns the language that a flag or a variable names; "" is ID.
func ParseLang(s string) (Lang, error) {
	switch l := Lang(s); l {
	case "":
		return ID, nil
	case ID, EN:
		return l, nil
	}
	return "", fmt.Errorf("lang: %q is unknown: use id or en", s)
}

// Pick returns the text of the language; any but EN is Indonesian.
func (l Lang) Pick(id, en string) string {
	if l == EN {
		return en
	}
	return id
}

// Say is Pick for texts with verbs, as fmt.Sprintf has them. Both texts take
// the same args; verbs may be indexed where the languages order them otherwise.
func (l Lang) Say(id, en string, args ...any) string {
	return fmt.Sprintf(l.Pick(id, en), args...)
}
