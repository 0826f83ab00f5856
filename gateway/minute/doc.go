// Package minute is what everything has in common that is written into InfluxDB
// once a minute about all nodes: when a minute is tried, and tried again (Loop), how
// its lines go there without keeping readings waiting (Writer), and one look at the
// registry for all of them (Nodes).
//
// It must not know what is written.
package minute
