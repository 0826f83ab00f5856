// Package chips lists every kind of sensor that a node can read.
//
// It must not know more of a chip than its name: what a chip wants and gives is
// in its driver's package.
package chips
