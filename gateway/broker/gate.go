package broker

import (
	"crypto/tls"
	"errors"
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
)

// Gate says who a client is. Its methods are called by many goroutines at once,
// on the client's own connection, and may take a while. An error of theirs
// refuses the connection; its text is logged and must hold no secret.
type Gate interface {
	// Node returns whose certificate the peer has shown, after verifying it.
	Node(peer tls.ConnectionState) (reading.NodeID, error)
	// Account returns what the client may do that signs in by name and password, from
	// an address with its port.
	Account(name, password, address string) (Account, error)
	// Enrolled says whether the node has ever shown a certificate: from then on
	// nobody speaks for it without one.
	Enrolled(node reading.NodeID) bool
}

// Account is a device of another maker, or an ingester on another machine.
type Account struct {
	Name string
	// Ingester gives it an ingester's rights, in the place of what follows.
	Ingester bool
	// Publish and Subscribe are the topic filters of what it may do.
	Publish, Subscribe []string
}

// kind is what a client is.
type kind int

const (
	// anonymous is somebody on this machine.
	anonymous kind = iota
	aNode
	anAccount
)

// party is who a connection belongs to. It does not change.
type party struct {
	kind kind
	// name is the node's id or the account's name.
	name string
	rights
}

// same says whether o is the same party, so that it may take over a session.
func (c *party) same(o *party) bool { return o != nil && c.kind == o.kind && c.name == o.name }

// accountIDs begins the client ids of accounts, and of nobody else.
const accountIDs = "account:"

var (
	errNeedsCertificate = errors.New("neither a certificate nor a name and password")
	errClientID         = errors.New("the client id is another's")
)

// identify says whose connection c is that says it is id, and why not.
func (b *Broker) identify(c *conn, id, name, password string) (*party, refusal, error) {
	gate := b.opt.Gate
	if c.peer != nil && len(c.peer.PeerCertificates) > 0 {
		owner, err := gate.Node(*c.peer)
		if err != nil {
			return nil, badCertificate, err
		}
		if id != string(owner) {
			return nil, badClientID, errClientID
		}
		return &party{kind: aNode, name: id, rights: nodeRights(owner)}, 0, nil
	}
	if strings.HasPrefix(id, accountIDs) || gate != nil && gate.Enrolled(reading.NodeID(id)) {
		return nil, badClientID, errClientID
	}
	if gate != nil && name != "" {
		a, err := gate.Account(name, password, c.RemoteAddr().String())
		if err != nil {
			return nil, badPassword, err
		}
		who := &party{kind: anAccount, name: a.Name, rights: rights{a.Publish, a.Subscribe}}
		if a.Ingester {
			who.rights = ingesterRights(a.Name)
		}
		return who, 0, nil
	}
	if c.peer != nil || !c.local {
		return nil, noCredentials, errNeedsCertificate
	}
	return &party{kind: anonymous}, 0, nil
}

// mayPublish says whether c may publish to topic, which holds no wildcard.
func (b *Broker) mayPublish(c *party, topic string) bool {
	if c.kind != anonymous {
		return c.rights.mayPublish(topic)
	}
	if !forClients(topic) {
		return false
	}
	owner, ok := speaker(topic)
	return !ok || b.opt.Gate == nil || !b.opt.Gate.Enrolled(owner)
}

// maySubscribe says whether c may have what filter asks for.
func (b *Broker) maySubscribe(c *party, filter string) bool {
	if c.kind != anonymous {
		return c.rights.maySubscribe(filter)
	}
	return filter[0] != '$' || isShared(filter)
}
