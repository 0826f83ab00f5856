// Package secure is the Command Center's door to other machines: ports that speak
// TLS only, and on each of them both MQTT and HTTPS, so that a village behind a
// firewall needs one port, such as 443.
//
// It takes connections, makes the handshake within bounds, and tells by the first
// byte what is spoken: an MQTT client begins with a CONNECT (0x10), an HTTP client
// with a letter. It must not judge certificates: who a peer is and what it may do
// is the broker's and the API's to ask of the authority.
package secure
