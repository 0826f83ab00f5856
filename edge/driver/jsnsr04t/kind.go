package jsnsr04t

import "github.com/siaga-id/siaga/edge/driver/a02yyuw"

// Kind is one of the two modules.
type Kind uint8

// The modules. The zero value is a JSN-SR04T.
const (
	JSNSR04T Kind = iota
	AJSR04M
)

// facts of the modules; doc.go says where they are from.
var facts = [...]struct {
	name      string // of the driver, as configurations say it
	sum       a02yyuw.Sum
	blindMM   uint16 // distances up to here are in the blind zone
	mostMM    uint16 // longest distance that can be measured
	questions []byte // what it answers to, one byte each
}{
	JSNSR04T: {"jsn-sr04t", a02yyuw.SumOfAll, 250, 6000, []byte{0x55}},
	AJSR04M:  {"aj-sr04m", a02yyuw.SumOfDistance, 200, 8000, []byte{0x01, 0x55}},
}

// other returns the kind with the other checksum.
func (k Kind) other() Kind { return 1 - k }

// String returns the driver's name in configurations.
func (k Kind) String() string { return facts[k].name }
