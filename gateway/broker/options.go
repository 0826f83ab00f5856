package broker

import (
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/ingest/device"
)

// Defaults and bounds.
const (
	// DefaultMaxPacketBytes is twice the largest pack, with its topic.
	DefaultMaxPacketBytes = 512 << 10
	// DefaultMaxClients is what one machine serves, some 35 KiB of memory each: the
	// 10,000 nodes that the center knows, devices, and those that come anew while
	// their old connection still counts, which would be refused without room.
	DefaultMaxClients = 12_000

	// writesPending is how many messages wait for a client that reads slowly;
	// more are dropped and counted. mochi makes room for all of them when the
	// client connects (its own 8192 cost 700 MB at 10,000 clients).
	writesPending = 256
	// inflight is how many messages of QoS 1 and 2 a client may owe an answer
	// to, and what is kept for one that is away.
	inflight = 256
	// sessionExpirySeconds is how long a client's session outlives its
	// connection.
	sessionExpirySeconds = 3600
	// sysSeconds is how often $SYS topics are published. Each time stops the
	// program for a moment to measure its memory.
	sysSeconds = 60

	// maxSilent bounds the connections that have not said who they are; the oldest
	// goes for another.
	maxSilent = 4096
	// maxSubscriptions bounds those of one client; a node has four.
	maxSubscriptions = 256
	// connectTimeout is how long a connection may stay without a CONNECT.
	connectTimeout = 10 * time.Second
	// writeTimeout is how long one write may wait for a client that does not
	// read. Its keep-alive says nothing of that.
	writeTimeout = 10 * time.Second
	// closeTimeout is what Close grants all clients together to take their last
	// packet, of the 5 s in which the program must end.
	closeTimeout = 2 * time.Second
)

// Options says where a Broker listens and who gets what is published. Only
// Addr is required.
type Options struct {
	// Addr is where to listen without encryption: a loopback address or
	// "localhost", with a port; port 0 takes a free one.
	Addr string
	// PlainBeyondLoopback allows any other Addr. Whoever reads along there learns
	// passwords, so it is for networks that are guarded otherwise; nobody is
	// anonymous there.
	PlainBeyondLoopback bool
	// Secure yields connections that are encrypted already, each with a method
	// TLS() tls.ConnectionState. The broker does not close it before Close. Nil is
	// none.
	Secure net.Listener
	// Gate says who a client is. Nil: nobody has been enrolled, names and passwords
	// are not asked about, and there is no Secure.
	Gate Gate
	// OnPublish gets every message of a client that was not refused, and every
	// Will that was sent, but not what Publish publishes. payload is the
	// callee's to keep and change. It is called by many goroutines at once, in
	// order for each client, and must not block: waiting stalls that client's
	// connection with its acknowledgements. A message of QoS 1 is acknowledged
	// to the client whatever becomes of it.
	OnPublish func(clientID, topic string, payload []byte, retain bool)
	// Devices takes the messages on its topics, in the place of OnPublish, and
	// decides when they are acknowledged: when they are on disk. One that is not
	// taken costs its connection. Subscribers get them all the same. Nil: no topic
	// is a device's.
	Devices *device.Intake
	// Metrics may be nil.
	Metrics prometheus.Registerer
	// MaxPacketBytes bounds one MQTT packet; a client that sends a larger one
	// is disconnected. 0 is DefaultMaxPacketBytes.
	MaxPacketBytes uint32
	// MaxClients bounds the connections; 0 is DefaultMaxClients.
	MaxClients int64
	// Logger nil is slog.Default.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.OnPublish == nil {
		o.OnPublish = func(string, string, []byte, bool) {}
	}
	if o.MaxPacketBytes == 0 {
		o.MaxPacketBytes = DefaultMaxPacketBytes
	}
	if o.MaxClients <= 0 {
		o.MaxClients = DefaultMaxClients
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}
