package reading

// Reading is one value of one quantity of one sensor. It is a plain value:
// copies are independent.
type Reading struct {
	Sensor   SensorID
	Quantity Quantity
	// TimeMS is when it was measured, in whole milliseconds: Unix time in UTC,
	// or boot time while a node's clock is not yet known. Whoever holds the
	// reading knows which.
	TimeMS int64
	// Value is in the quantity's canonical unit.
	Value   float64
	Quality Quality
}
