package broker

import (
	"context"
	"log/slog"
)

// quieter returns the logger that mochi gets: it warns of every connection that
// breaks, and writes whole packets, with passwords, into its messages.
func quieter(l *slog.Logger) *slog.Logger {
	return slog.New(&quietHandler{l.Handler()})
}

// quietHandler makes a debug message of everything below an error, and leaves
// packets out.
type quietHandler struct {
	next slog.Handler
}

// Enabled says whether a message of level will be written.
func (h *quietHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, demoted(level))
}

// Handle writes the message without its packets.
func (h *quietHandler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, demoted(r.Level), r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "pk", "packet", "will":
		default:
			out.AddAttrs(a)
		}
		return true
	})
	return h.next.Handle(ctx, out)
}

// WithAttrs returns a handler that adds attrs.
func (h *quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &quietHandler{h.next.WithAttrs(attrs)}
}

// WithGroup returns a handler that nests what follows.
func (h *quietHandler) WithGroup(name string) slog.Handler {
	return &quietHandler{h.next.WithGroup(name)}
}

func demoted(level slog.Level) slog.Level {
	if level < slog.LevelError {
		return slog.LevelDebug
	}
	return level
}
