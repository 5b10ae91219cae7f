package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
)

// warningHandler keeps what Helm logs (slog, and the standard log package through slog.SetDefault) for the next reply.
type warningHandler struct {
	lines *[]string
	attrs []slog.Attr
}

func collectWarnings() *warningHandler {
	handler := &warningHandler{lines: &[]string{}}
	slog.SetDefault(slog.New(handler))
	return handler
}

func (h *warningHandler) take() []string {
	lines := *h.lines
	*h.lines = []string{}
	return lines
}

func (h *warningHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

func (h *warningHandler) Handle(_ context.Context, record slog.Record) error {
	var text strings.Builder
	text.WriteString(record.Message)
	write := func(attr slog.Attr) bool {
		text.WriteString(" " + attr.String())
		return true
	}
	for _, attr := range h.attrs {
		write(attr)
	}
	record.Attrs(write)
	*h.lines = append(*h.lines, text.String())
	return nil
}

func (h *warningHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &warningHandler{lines: h.lines, attrs: append(slices.Clone(h.attrs), attrs...)}
}

func (h *warningHandler) WithGroup(string) slog.Handler { return h }
