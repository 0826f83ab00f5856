package plugin

import (
	"fmt"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/siaga-id/siaga/internal/reading"
)

// warn is a notice that a panel shows in its corner, in Indonesian and English.
func warn(format string, args ...any) data.Notice {
	return data.Notice{Severity: data.NoticeSeverityWarning, Text: fmt.Sprintf(format, args...)}
}

// tell is a notice of what is no doubt.
func tell(format string, args ...any) data.Notice {
	return data.Notice{Severity: data.NoticeSeverityInfo, Text: fmt.Sprintf(format, args...)}
}

// doubts are the notices about what is in series.
func doubts(all []history) []data.Notice {
	suspect, bad, simulations := 0, 0, 0
	for i := range all {
		h := &all[i]
		bad += h.bad
		if h.simulated {
			simulations++
		}
		for _, p := range h.points {
			if p.quality == reading.Suspect {
				suspect++
			}
		}
	}
	var notices []data.Notice
	if simulations > 0 {
		notices = append(notices, warn(simulated+": %d dari %d seri (%[1]d of %[2]d series are simulated)", simulations, len(all)))
	}
	if bad > 0 {
		notices = append(notices, warn("%d nilai buruk tidak ditampilkan (%[1]d bad values are not shown)", bad))
	}
	if suspect > 0 {
		notices = append(notices, warn("%d nilai meragukan ikut ditampilkan (%[1]d suspect values are shown)", suspect))
	}
	return notices
}
