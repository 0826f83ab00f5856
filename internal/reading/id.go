package reading

import "fmt"

// NodeID names a village node: [a-z0-9][a-z0-9-]{1,30}. It is part of every
// topic and of every point's identity; a node that moves gets a new one.
type NodeID string

// SensorID names one sensor of a node, by the same rule as NodeID. Each lane or
// direction of a road is a sensor of its own.
type SensorID string

// SiteCode is a Kemendagri region code down to the desa, such as
// "35.05.12.1001" (province, kabupaten, kecamatan, desa).
type SiteCode string

// ParseNodeID returns s as a NodeID, or an error that says what is wrong with it.
func ParseNodeID(s string) (NodeID, error) {
	if !ValidID(s) {
		return "", fmt.Errorf("parse node id %q: want 2 to 31 of a-z, 0-9 and -, not starting with -", clip(s))
	}
	return NodeID(s), nil
}

// ParseSensorID returns s as a SensorID, or an error that says what is wrong with it.
func ParseSensorID(s string) (SensorID, error) {
	if !ValidID(s) {
		return "", fmt.Errorf("parse sensor id %q: want 2 to 31 of a-z, 0-9 and -, not starting with -", clip(s))
	}
	return SensorID(s), nil
}

// ParseSiteCode returns s as a SiteCode. It wants the four dotted groups of a
// desa or kelurahan: 2, 2, 2 and 4 digits.
func ParseSiteCode(s string) (SiteCode, error) {
	if !validSite(s) {
		return "", fmt.Errorf("parse site code %q: want a Kemendagri desa code such as 35.05.12.1001", clip(s))
	}
	return SiteCode(s), nil
}

// District returns the kecamatan's code, the first three groups of the site
// code ("35.05.12"). It is the value of the InfluxDB tag "district". A code that
// ParseSiteCode would refuse gives "".
func (c SiteCode) District() string {
	if !validSite(string(c)) {
		return ""
	}
	return string(c[:8])
}

// ValidID reports whether s can be a NodeID or SensorID. It allocates nothing.
func ValidID[S ~string | ~[]byte](s S) bool {
	if len(s) < 2 || len(s) > 31 || s[0] == '-' {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func validSite(s string) bool {
	if len(s) != len("35.05.12.1001") {
		return false
	}
	for i := 0; i < len(s); i++ {
		if i == 2 || i == 5 || i == 8 {
			if s[i] != '.' {
				return false
			}
			continue
		}
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// clip bounds what a hostile name may put into an error message.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}
