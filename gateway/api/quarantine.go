package api

import (
	"context"
	"errors"
	"time"
)

type entryBody struct {
	ID       int64  `json:"id"`
	Time     stamp  `json:"time"`
	Node     string `json:"node"`
	Topic    string `json:"topic"`
	Source   string `json:"source"`
	Reason   string `json:"reason"`
	Detail   string `json:"detail"`
	Length   int    `json:"length"`
	Seq      uint64 `json:"seq"`
	Epoch    string `json:"epoch"`
	Replayed stamp  `json:"replayed"`
	Dropped  stamp  `json:"dropped"`
}

type quarantineOutput struct {
	Body struct {
		Total    int         `json:"total" doc:"entries neither replayed nor dropped"`
		Bytes    int64       `json:"bytes"`
		Capacity int64       `json:"capacity_bytes"`
		Entries  []entryBody `json:"entries" doc:"the newest first"`
	}
}

func (s *Server) listQuarantine(ctx context.Context, in *struct {
	Limit int `query:"limit" minimum:"1" maximum:"10000" default:"500"`
},
) (*quarantineOutput, error) {
	total, err := s.opt.Registry.QuarantineTotal(ctx)
	if err != nil {
		return nil, s.unavailable("count quarantine", err)
	}
	entries, err := s.opt.Registry.ListQuarantine(ctx, in.Limit)
	if err != nil {
		return nil, s.unavailable("list quarantine", err)
	}
	out := new(quarantineOutput)
	out.Body.Total, out.Body.Bytes, out.Body.Capacity = total.Entries, total.Bytes, total.Capacity
	out.Body.Entries = make([]entryBody, len(entries))
	for i, e := range entries {
		out.Body.Entries[i] = entryBody{
			e.ID,
			stamp{e.Time},
			string(e.Node), e.Topic, e.Source, e.Reason, e.Detail,
			e.Length, e.Seq, e.Epoch,
			stamp{e.Replayed},
			stamp{e.Dropped},
		}
	}
	return out, nil
}

type idsInput struct {
	Body struct {
		IDs []int64 `json:"ids" nullable:"true" maxItems:"10000" doc:"null: all that are open"`
	}
}

type failureBody struct {
	ID     int64  `json:"id"`
	Reason string `json:"reason"`
}

type replayedOutput struct {
	Body struct {
		Done       int           `json:"done"`
		Failed     int           `json:"failed" doc:"entries that are still refused, and stay open"`
		Failures   []failureBody `json:"failures" doc:"the first hundred of the failed"`
		Unfinished bool          `json:"unfinished" doc:"there are more than time allowed: ask again"`
	}
}

// replayTime is how long a replay may go on, so that its answer is still waited
// for.
const replayTime = 20 * time.Second

func (s *Server) replayQuarantine(ctx context.Context, in *idsInput) (*replayedOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, replayTime)
	defer cancel()
	res, err := s.opt.Registry.Replay(ctx, in.Body.IDs, s.opt.Replay)
	out := new(replayedOutput)
	out.Body.Unfinished = errors.Is(err, context.DeadlineExceeded)
	if err != nil && !out.Body.Unfinished {
		return nil, s.unavailable("replay", err)
	}
	s.did(ctx, "quarantine.replay", "quarantine", changed{IDs: some(in.Body.IDs), Done: res.Done, Failed: res.Failed})
	out.Body.Done, out.Body.Failed, out.Body.Failures = res.Done, res.Failed, []failureBody{}
	for _, f := range res.Failures {
		out.Body.Failures = append(out.Body.Failures, failureBody{f.ID, f.Err.Error()})
	}
	return out, nil
}

// changed is what the audit log keeps of a change of the quarantine.
type changed struct {
	IDs    []int64 `json:"ids"` // the first, null: all that were open
	Done   int     `json:"done"`
	Failed int     `json:"failed"`
}

// some are the first of ids.
func some(ids []int64) []int64 { return ids[:min(len(ids), 100)] }

type droppedOutput struct {
	Body struct {
		Done int `json:"done"`
	}
}

func (s *Server) dropQuarantine(ctx context.Context, in *idsInput) (*droppedOutput, error) {
	done, err := s.opt.Registry.Drop(ctx, in.Body.IDs)
	if err != nil {
		return nil, s.unavailable("drop", err)
	}
	s.did(ctx, "quarantine.drop", "quarantine", changed{IDs: some(in.Body.IDs), Done: done})
	out := new(droppedOutput)
	out.Body.Done = done
	return out, nil
}
