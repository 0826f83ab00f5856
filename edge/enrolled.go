package edge

import (
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/enrol"
)

// ErrUnnamed: neither the configuration nor an identity says which node this is.
var ErrUnnamed = errors.New("node, site: not known: enrol this node with siaga-edge enroll TOKEN, or write both into the configuration")

// OtherNodeError: the configuration and the identity are of different nodes.
type OtherNodeError struct{ Configured, Enrolled string }

func (e *OtherNodeError) Error() string {
	return fmt.Sprintf("node: the configuration says %q, and this node is enrolled as %q: correct the configuration, or enrol with a token for %[1]q", e.Configured, e.Enrolled)
}

// Enrolled returns c with node and site of the identity in its data directory where
// it leaves them out. Errors: ErrUnnamed, *OtherNodeError, or the identity's, where
// that is needed.
func (c Config) Enrolled() (Config, error) {
	id, err := enrol.Open(c.DataDir).Load()
	switch {
	case errors.Is(err, enrol.ErrNone):
	case err != nil:
		if c.Node == "" || c.Site == "" {
			return c, err
		}
	case c.Node != "" && c.Node != string(id.Node):
		return c, &OtherNodeError{c.Node, string(id.Node)}
	default:
		c.Node = string(id.Node)
		if c.Site == "" {
			c.Site = string(id.Site)
		}
	}
	if c.Node == "" || c.Site == "" {
		return c, ErrUnnamed
	}
	return c, nil
}

// Earliest is a lower bound of the present that needs no clock of this machine: when
// this program was built, or the center's last time that the node in a data
// directory has noted.
func Earliest(dataDir string) time.Time {
	mark, _ := openTimeMark(dataDir) // one that cannot be read is as none
	return mark.earliest()
}

func (m *timeMark) earliest() time.Time {
	if center := time.UnixMilli(m.Center); center.After(buildTime) {
		return center
	}
	return buildTime
}

// identity keeps the node's identity good, and is where the connection takes it
// from.
func (a *Agent) identity() *enrol.Keeper {
	return enrol.NewKeeper(a.enrolled, enrol.KeeperOptions{
		Time: a.time.utc, Earliest: a.time.earliest, Plain: PlainBroker, Logger: a.dep.Logger,
	})
}

// EnrolmentSnapshot is a node's identity, without its secrets.
type EnrolmentSnapshot struct {
	Node string `json:"node"`
	// Until is when the certificate ends, Renewal when the next one is asked for.
	Until   time.Time `json:"until"`
	Renewal time.Time `json:"renewal"`
	Centers []string  `json:"centers"`
	// Tentative: the addresses have not led to the center yet.
	Tentative bool `json:"tentative,omitempty"`
}

// enrolment is nil where the node is not enrolled.
func (a *Agent) enrolment() (s *EnrolmentSnapshot, problem string) {
	id, err := a.enrolled.Load()
	switch {
	case errors.Is(err, enrol.ErrNone):
		return nil, ""
	case err != nil:
		return nil, err.Error()
	}
	return &EnrolmentSnapshot{
		Node: string(id.Node), Until: id.Until(), Renewal: id.Due(), Centers: id.Centers, Tentative: id.Tentative(),
	}, ""
}
