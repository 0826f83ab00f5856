package ads1115

import "fmt"

// Input is what a conversion measures: an input against ground, or against
// another one.
type Input uint8

// multiplexer settings, bits 14-12 of the config register.
var differential = map[[2]int]Input{{0, 1}: 0, {0, 3}: 1, {1, 3}: 2, {2, 3}: 3}

const single = 4 // A0 against ground; A1 to A3 follow

// Single is input n, 0 to 3, against ground.
func Single(n int) (Input, error) {
	if n < 0 || n > 3 {
		return 0, fmt.Errorf("input %d: an ADS1115 has 0 to 3", n)
	}
	return Input(single + n), nil
}

// Between is input plus against input minus: 0 against 1, or 0, 1 or 2 against 3.
func Between(plus, minus int) (Input, error) {
	in, ok := differential[[2]int{plus, minus}]
	if !ok {
		return 0, fmt.Errorf("input %d against %d: an ADS1115 can take 0 against 1, and 0, 1 or 2 against 3", plus, minus)
	}
	return in, nil
}

// String names the input as the chip's pins are named.
func (in Input) String() string {
	if in >= single {
		return fmt.Sprintf("A%d", in-single)
	}
	for pair, d := range differential {
		if d == in {
			return fmt.Sprintf("A%d-A%d", pair[0], pair[1])
		}
	}
	return fmt.Sprintf("input %d", uint8(in))
}
