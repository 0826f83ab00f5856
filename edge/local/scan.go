package local

import (
	"context"
	"net/http"
	"time"

	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/scan"
	"github.com/siaga-id/siaga/internal/reading"
)

// findingAnswer is a Finding with what people need besides to read it.
type findingAnswer struct {
	scan.Finding
	// At is the place as people write it.
	At     string        `json:"at"`
	Values []foundAnswer `json:"values"`
	// Advice is there where something is wrong.
	Advice map[explain.Lang]advice `json:"advice,omitempty"`
}

type foundAnswer struct {
	scan.Value
	TitleID string `json:"title_id"`
	TitleEN string `json:"title_en"`
}

func (s *Server) scan(w http.ResponseWriter, r *http.Request) {
	if !read(w, r, &struct{}{}) {
		return
	}
	if s.opt.Scan == nil {
		refuse(w, http.StatusNotImplemented, CodeRefused, "this node cannot scan")
		return
	}
	select {
	case s.scanning <- struct{}{}:
		defer func() { <-s.scanning }()
	default:
		refuse(w, http.StatusConflict, CodeBusy, "a scan is running already")
		return
	}
	// A scan listens on each port for seconds: longer than other requests may take.
	deadline := time.Now().Add(scanLimit + answerLimit)
	rc := http.NewResponseController(w)
	if err := rc.SetReadDeadline(deadline); err != nil {
		s.opt.Logger.Debug("extend request", "err", err)
	}
	if err := rc.SetWriteDeadline(deadline); err != nil {
		s.opt.Logger.Debug("extend request", "err", err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), scanLimit)
	defer cancel()
	found, err := s.opt.Scan(ctx)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, CodeFailed, err.Error())
		return
	}
	all := make([]findingAnswer, 0, len(found))
	for _, f := range found {
		all = append(all, finding(f))
	}
	answer(w, http.StatusOK, all)
}

func finding(f scan.Finding) findingAnswer {
	a := findingAnswer{Finding: f, At: f.Place.String(), Values: []foundAnswer{}}
	for _, v := range f.Values {
		q, _ := reading.Lookup(v.Quantity)
		a.Values = append(a.Values, foundAnswer{v, q.Info().TitleID, q.Info().TitleEN})
	}
	if f.Problem != "" {
		a.Advice = adviceOn(f.Problem)
	}
	return a
}
