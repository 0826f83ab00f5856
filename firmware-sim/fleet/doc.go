// Package fleet runs many simulated nodes in one process: the real agent and the
// real drivers on simulated boards, whose chips show what package world says.
//
// What it sends is marked as simulated in every pack. It must not import the
// Command Center: to a fleet that is a broker's address and nothing more.
package fleet
