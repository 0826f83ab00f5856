// Package tour goes the way of a new technician, from `siaga node add` at the center
// to the reading on the wall: with the commands that the technician's guide and the
// center's own words say, and the node's service as its unit has it, on a board with
// a file system and a network of its own.
//
// Its tests need the build tag integration, root, and Debian's iproute2, and say so
// where one is missing. They print how long the way took.
package tour
