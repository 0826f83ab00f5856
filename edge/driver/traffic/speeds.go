package traffic

const (
	// step is the resolution of a speed that travels, in km/h.
	step = 0.1
	// fastest is the spot speed, in km/h, above which what passed was no
	// vehicle: a bird, a leaf, a drop. It counts, but has no speed.
	fastest = 300
)

// speeds is a window's spot speeds, counted by tenths of a km/h, so that its
// size does not depend on the traffic.
type speeds struct {
	sum  float64 // km/h
	n    int
	bins map[int]int
}

// add takes a spot speed in km/h.
func (s *speeds) add(kmh float64) {
	if !(kmh >= 0 && kmh <= fastest) {
		return
	}
	if s.bins == nil {
		s.bins = make(map[int]int)
	}
	s.sum += kmh
	s.n++
	s.bins[int(kmh/step+0.5)]++
}

// summary returns the mean and the 85th percentile, by the nearest rank, in
// km/h; false when there is no speed.
func (s *speeds) summary() (mean, p85 float64, ok bool) {
	if s.n == 0 {
		return 0, 0, false
	}
	rank := (85*s.n + 99) / 100
	for bin := 0; ; bin++ {
		rank -= s.bins[bin]
		if rank <= 0 {
			return s.sum / float64(s.n), float64(bin) * step, true
		}
	}
}
