package brokerconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
)

// Options say what to write. Dir and Center are required.
type Options struct {
	// Dir is where the files will be on the broker's machine, an absolute path.
	Dir string
	// Nodes and Users are the listeners' addresses: of nodes, which show
	// certificates, and of the center and ingesters, which say passwords.
	Nodes, Users string
	// Center is the user name of `siaga up`, Ingesters those of `siaga ingest`,
	// which are their ingest.name too.
	Center    string
	Ingesters []string
	// Barred are nodes that may do nothing, also while they are connected: retired
	// or stolen ones. Mosquitto refuses their certificates besides (CRLFile).
	Barred []reading.NodeID
	// Persistence is where Mosquitto keeps sessions and what waits; "" is its own
	// choice.
	Persistence string
}

// File is one file of a broker's configuration.
type File struct {
	Name string
	Text string
	Mode fs.FileMode
}

// Names of the files with certificates, which the caller writes.
const (
	CAFile          = "ca.pem"
	CertificateFile = "broker.pem"
	KeyFile         = "broker.key"
	CRLFile         = "revoked.pem"
	PasswordFile    = "passwords"
)

// Validate returns every mistake, each with its remedy.
func (o Options) Validate() error {
	var errs []error
	if !path.IsAbs(o.Dir) || strings.ContainsAny(o.Dir, "\"\n\r") {
		errs = append(errs, fmt.Errorf("folder %q: want an absolute path, as the broker sees it", o.Dir))
	}
	if o.Center == "" {
		errs = append(errs, errors.New("center: no user name"))
	}
	for _, addr := range []string{o.Nodes, o.Users} {
		if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
			errs = append(errs, fmt.Errorf("address %q: want host:port, such as 0.0.0.0:8883", addr))
		}
	}
	users := append([]string{o.Center}, o.Ingesters...)
	for i, u := range users {
		if u != "" && !reading.ValidID(u) {
			errs = append(errs, fmt.Errorf("user %q: want lower-case letters, digits and -, up to 31, as ingest.name", u))
		}
		if slices.Contains(users[:i], u) {
			errs = append(errs, fmt.Errorf("user %q stands twice", u))
		}
	}
	return errors.Join(errs...)
}

// at is where a file will be.
func (o Options) at(name string) string { return path.Join(o.Dir, name) }
