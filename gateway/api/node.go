package api

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

type completenessBody struct {
	Hour  *float64 `json:"hour" doc:"of the last 60 minutes"`
	Day   *float64 `json:"day" doc:"of the last 24 whole hours and the present one"`
	Month *float64 `json:"month" doc:"of the last 720 whole hours (30 days) and the present one"`
}

// GapBody is a gap, as every body tells it. It is exported only because OpenAPI is to
// describe bodies that it is part of.
type GapBody struct {
	Epoch    string `json:"epoch"`
	From     uint64 `json:"from" doc:"the first pack's number"`
	To       uint64 `json:"to" doc:"the last pack's number, included"`
	Packs    uint64 `json:"packs"`
	State    string `json:"state" enum:"missing,waiting,lost"`
	WordID   string `json:"words_id" doc:"what it means, in Indonesian"`
	WordEN   string `json:"words_en" doc:"what it means, in English"`
	Reason   string `json:"reason"`
	Said     string `json:"said" doc:"who said that it is lost: node, or a person"`
	Since    stamp  `json:"since" doc:"when this came to be known"`
	FromTime stamp  `json:"from_time" doc:"the last reading stored before the gap; null where not known"`
	ToTime   stamp  `json:"to_time" doc:"the first reading stored after the gap; null where not known, or while nothing is"`
	Merged   bool   `json:"merged" doc:"there were too many gaps: some of these packs are stored"`
}

func gap(g *registry.Gap) GapBody {
	say := gapWords[g.State]
	return GapBody{
		Epoch: g.Epoch, From: g.From, To: g.To, Packs: g.To - g.From + 1,
		State: string(g.State), WordID: say[0], WordEN: say[1], Reason: g.Reason, Said: g.Said,
		Since: stamp{g.Since}, FromTime: stamp{g.After}, ToTime: stamp{g.Before}, Merged: g.Merged,
	}
}

type anomalyBody struct {
	Kind   string `json:"kind" enum:"cloned,restored,replaced,returned,other-site,epochs-forgotten"`
	Epoch  string `json:"epoch"`
	WordID string `json:"words_id" doc:"what it means, in Indonesian"`
	WordEN string `json:"words_en" doc:"what it means, in English"`
	Detail string `json:"detail" doc:"what was seen last, in English"`
	First  stamp  `json:"first"`
	Last   stamp  `json:"last"`
	Count  int    `json:"count"`
}

// words say in Indonesian and in English what an anomaly means to whoever looks
// after the node.
var words = map[registry.AnomalyKind][2]string{
	registry.Cloned: {
		"Nomor paket yang sama datang dengan isi lain: kartu SD digandakan, atau dipulihkan dari salinan lama.",
		"The same pack number came with other contents: the SD card was cloned, or restored from an old copy.",
	},
	registry.Restored: {
		"Penomoran paket mundur: kartu SD dipulihkan dari salinan lama, atau dua perangkat memakai kartu yang sama.",
		"The pack numbers went back: the SD card was restored from an old copy, or two boards use the same card.",
	},
	registry.Replaced: {
		"Penomoran paket dimulai lagi: kartu SD atau perangkat diganti, atau antrean di node rusak. Simpan kartu lama; isinya mungkin belum terkirim.",
		"The pack numbers began anew: the SD card or the board was replaced, or the node's queue was lost. Keep the old card; it may hold what was not sent.",
	},
	registry.Returned: {
		"Node kembali memakai penomoran lama: kartu lama dipasang lagi, atau dua perangkat memakai nama node yang sama.",
		"The node speaks of an earlier epoch again: an old card was put back, or two boards go by the same node name.",
	},
	registry.OtherSite: {
		"Node menyebut desa lain daripada yang terdaftar di pusat.",
		"The node says that it is in another village than the center has on record.",
	},
	registry.EpochsForgotten: {
		"Node terlalu sering memulai penomoran baru; catatan celah yang paling lama sudah dihapus.",
		"The node began new epochs too often; the oldest records of its gaps were dropped.",
	},
}

// gapWords say what a gap means, likewise.
var gapWords = map[registry.GapState][2]string{
	registry.Waiting: {
		"Masih di antrean node; datang sendiri begitu node tersambung.",
		"Still in the node's queue; it comes by itself once the node is connected.",
	},
	registry.Missing: {
		"Pernah ada dan belum tersimpan; tidak ada yang menyebut di mana. Mungkin masih di kartu SD lain: pasang kartu itu sebentar, atau nyatakan hilang.",
		"It existed and is not stored; nobody has said where it is. It may be on another SD card: put that in for a while, or declare it lost.",
	},
	registry.Lost: {
		"Tidak akan datang, menurut node atau petugas. Kalau datang juga, tetap disimpan.",
		"It will not come, by the word of the node or of a person. If it comes all the same, it is stored.",
	},
}

type oneNodeBody struct {
	NodeBody
	Completeness completenessBody `json:"completeness" doc:"readings stored in percent of those expected, rounded down; null while nothing could be expected"`
	Gaps         []GapBody        `json:"gaps"`
	Anomalies    []anomalyBody    `json:"anomalies" doc:"what does not fit together about the node, the last seen first"`
}

type oneNodeOutput struct{ Body oneNodeBody }

func (s *Server) getNode(ctx context.Context, in *struct {
	ID string `path:"id"`
},
) (*oneNodeOutput, error) {
	id, err := reading.ParseNodeID(in.ID)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	n, err := s.opt.Registry.Node(ctx, id)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, huma.Error404NotFound("there is no node " + in.ID)
	}
	if err != nil {
		return nil, s.unavailable("read node", err)
	}
	complete, err := s.opt.Registry.Completeness(ctx, id)
	if err != nil {
		return nil, s.unavailable("compute completeness", err)
	}
	gaps, err := s.opt.Registry.Gaps(ctx, id)
	if err != nil {
		return nil, s.unavailable("list gaps", err)
	}
	anomalies, err := s.opt.Registry.Anomalies(ctx, id)
	if err != nil {
		return nil, s.unavailable("list anomalies", err)
	}
	under, err := s.opt.Registry.Under(ctx, s.opt.Now())
	if err != nil {
		return nil, s.unavailable("list repairs", err)
	}
	out := &oneNodeOutput{oneNodeBody{NodeBody: node(&n, s.opt.Hub.Node(id), under), Gaps: []GapBody{}, Anomalies: []anomalyBody{}}}
	out.Body.Completeness = completenessBody{percent(complete.Hour), percent(complete.Day), percent(complete.Month)}
	for i := range gaps {
		out.Body.Gaps = append(out.Body.Gaps, gap(&gaps[i]))
	}
	for _, a := range anomalies {
		say := words[a.Kind]
		out.Body.Anomalies = append(out.Body.Anomalies, anomalyBody{
			Kind: string(a.Kind), Epoch: a.Epoch, WordID: say[0], WordEN: say[1], Detail: a.Detail,
			First: stamp{a.First}, Last: stamp{a.Last}, Count: a.Count,
		})
	}
	return out, nil
}

type lostInput struct {
	ID   string `path:"id"`
	Body struct {
		Epoch  string `json:"epoch" minLength:"1" maxLength:"32"`
		From   uint64 `json:"from" minimum:"1" doc:"the first pack's number"`
		To     uint64 `json:"to" minimum:"1" doc:"the last pack's number, included"`
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"why, such as: the card is dead"`
		Who    string `json:"who" minLength:"1" maxLength:"200" doc:"who says so"`
	}
}

type lostOutput struct {
	Body struct {
		Packs uint64 `json:"packs" doc:"how many packs were not lost before"`
	}
}

// declareLost notes packs as lost by the word of a person, also those that an
// ingester acknowledged and has not reported as stored: its disk may be the dead
// one. Packs that come all the same are stored, and those that the node says it
// has wait again.
func (s *Server) declareLost(ctx context.Context, in *lostInput) (*lostOutput, error) {
	id, err := reading.ParseNodeID(in.ID)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	b := &in.Body
	out := new(lostOutput)
	out.Body.Packs, err = s.opt.Registry.DeclareLost(ctx, id, b.Epoch, b.From, b.To, b.Who, b.Reason)
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return nil, huma.Error404NotFound("there is no such node or epoch: see GET /api/v1/nodes/" + in.ID)
	case errors.Is(err, registry.ErrInvalid):
		return nil, huma.Error422UnprocessableEntity(err.Error())
	case err != nil:
		return nil, s.unavailable("declare packs lost", err)
	}
	s.did(ctx, "gaps.lost", "node:"+string(id), map[string]any{
		"epoch": b.Epoch, "from": b.From, "to": b.To, "packs": out.Body.Packs, "who": b.Who, "reason": b.Reason,
	})
	s.opt.Logger.Info("packs declared lost; they are stored all the same if they come", "node", id, "epoch", b.Epoch,
		"from", b.From, "to", b.To, "packs", out.Body.Packs, "who", b.Who, "reason", b.Reason)
	return out, nil
}
