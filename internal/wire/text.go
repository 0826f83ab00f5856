package wire

// clip bounds what a hostile text may put into a message.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}

// validToken reports whether s is 1 to limit of a-z and 0-9, and - if dash.
func validToken(s string, limit int, dash bool) bool {
	for i := range len(s) {
		if c := s[i]; !lowerOrDigit(c) && (c != '-' || !dash) {
			return false
		}
	}
	return s != "" && len(s) <= limit
}

// validQuantityName reports whether s could be a quantity of some version.
func validQuantityName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !lowerOrDigit(c) && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

func lowerOrDigit(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

func printableASCII(s string, limit int) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= limit
}
