package reading

import "strconv"

// Quality is a QARTOD primary flag (IOOS/QARTOD "Manual for Real-Time Quality
// Control", flag table). The agent sets it, since it sees the whole series;
// ingest may only worsen it.
type Quality uint8

// The QARTOD primary flags. NotEvaluated is what a pack means by saying nothing.
const (
	Good         Quality = 1
	NotEvaluated Quality = 2
	Suspect      Quality = 3
	Bad          Quality = 4
	Missing      Quality = 9
)

// Valid reports whether q is one of the QARTOD primary flags.
func (q Quality) Valid() bool {
	return q >= Good && q <= Bad || q == Missing
}

// Worse returns the worse of two flags: missing before bad before suspect
// before good. NotEvaluated gives way to any real verdict, since it is none.
func (q Quality) Worse(o Quality) Quality {
	if q == NotEvaluated {
		return o
	}
	if o == NotEvaluated || o < q {
		return q
	}
	return o
}

// String returns the flag's lower-case English name, as the API prints it.
func (q Quality) String() string {
	switch q {
	case Good:
		return "good"
	case NotEvaluated:
		return "not evaluated"
	case Suspect:
		return "suspect"
	case Bad:
		return "bad"
	case Missing:
		return "missing"
	}
	return "quality " + strconv.Itoa(int(q))
}
