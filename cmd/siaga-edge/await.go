package main

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
)

// takeTokens enrols this node by a token file that somebody has left for it.
func takeTokens(ctx context.Context, cfg edge.Config) {
	enrol.Open(cfg.DataDir).Take(ctx, enrol.TakeOptions{
		Patterns: append(slices.Clone(cfg.Enrol.TokenFiles), enrol.Fetched(cfg.DataDir)),
		Node:     cfg.Node, Earliest: func() time.Time { return edge.Earliest(cfg.DataDir) }, Logger: slog.Default(),
	})
}
