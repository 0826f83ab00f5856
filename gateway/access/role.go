package access

import "fmt"

// Role is what somebody may do. Each has all rights of those before it.
type Role int

// The roles. Nobody is the zero Role: it may do nothing, and what needs Nobody
// may be done by everybody.
const (
	Nobody Role = iota
	// Viewer reads.
	Viewer
	// Operator plans events, declares packs lost, and decides about the quarantine.
	Operator
	// Technician keeps the inventory, enrols nodes, and changes their
	// configurations.
	Technician
	// Admin keeps accounts, tokens, certificates and backups.
	Admin
)

// Ingester is not one of the roles in a row: it reports what an ingester stored
// and refused, and may do nothing else.
const Ingester Role = -1

var roleNames = [...]string{"nobody", "viewer", "operator", "technician", "admin"}

// ingestScope is the Ingester's name.
const ingestScope = "ingest"

// String is the role's name, as configurations and the API say it.
func (r Role) String() string {
	if r == Ingester {
		return ingestScope
	}
	if r < 0 || int(r) >= len(roleNames) {
		return fmt.Sprintf("role %d", int(r))
	}
	return roleNames[r]
}

// ParseRole returns the role of a name, but for Nobody and Ingester: what an
// account may have.
func ParseRole(name string) (Role, error) {
	for r := Viewer; r <= Admin; r++ {
		if roleNames[r] == name {
			return r, nil
		}
	}
	return Nobody, fmt.Errorf("role %q: use viewer, operator, technician or admin", name)
}

// ParseScope returns what a token may be made for: any role of ParseRole, or
// Ingester.
func ParseScope(name string) (Role, error) {
	if name == ingestScope {
		return Ingester, nil
	}
	r, err := ParseRole(name)
	if err != nil {
		return Nobody, fmt.Errorf("scope %q: use viewer, operator, technician, admin or ingest", name)
	}
	return r, nil
}
