package tsdb

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// engineLogger returns a zap logger, which the engine wants, that writes to l.
func engineLogger(l *slog.Logger) *zap.Logger { return zap.New(&slogCore{l: l}) }

// slogCore is a zapcore.Core over slog. What the engine calls information is
// of use to those who debug it, so it becomes slog.LevelDebug; information that
// carries an error is a warning, because the engine reports failures so.
type slogCore struct {
	l *slog.Logger
}

var _ zapcore.Core = (*slogCore)(nil)

// Enabled says whether a message of level can be wanted.
func (c *slogCore) Enabled(level zapcore.Level) bool {
	return level >= zapcore.InfoLevel
}

// With returns a core that adds fields to every message.
func (c *slogCore) With(fields []zapcore.Field) zapcore.Core {
	attrs, _ := attributes(fields)
	return &slogCore{l: slog.New(c.l.Handler().WithAttrs(attrs))}
}

// Check adds c to ce where the message is wanted.
func (c *slogCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

// Write hands the message to slog.
func (c *slogCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	attrs, failed := attributes(fields)
	level := slog.LevelDebug
	switch {
	case e.Level >= zapcore.ErrorLevel:
		level = slog.LevelError
	case e.Level == zapcore.WarnLevel || failed:
		level = slog.LevelWarn
	}
	c.l.LogAttrs(context.Background(), level, e.Message, attrs...)
	return nil
}

// Sync does nothing: slog does not buffer.
func (c *slogCore) Sync() error { return nil }

// attributes turns zap fields into slog attributes, in the same order, and says
// whether one is an error.
func attributes(fields []zapcore.Field) (attrs []slog.Attr, failed bool) {
	for _, f := range fields {
		failed = failed || f.Type == zapcore.ErrorType
		m := zapcore.NewMapObjectEncoder()
		f.AddTo(m)
		for k, v := range m.Fields {
			attrs = append(attrs, slog.Any(k, v))
		}
	}
	return attrs, failed
}
