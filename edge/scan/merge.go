package scan

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/siaga-id/siaga/edge/explain"
)

// Station is what a new configuration needs besides sensors. Without a Broker the
// node goes where its enrolment says.
type Station struct {
	Node, Site, Broker string
}

// AboutNode is what a configuration says beside a node's id.
func AboutNode(lang explain.Lang) string {
	return lang.Pick("selamanya: node yang pindah desa mendapat id baru", "for ever: a node that moves gets a new one")
}

// AboutSite is what a configuration says beside a site's code.
func AboutSite(lang explain.Lang) string {
	return lang.Pick("kode Kemendagri desa atau kelurahan", "Kemendagri code of the desa or kelurahan")
}

// New returns a configuration with the sensors, for a station without one. lang is
// that of its comments.
func New(st Station, sensors []Suggestion, lang explain.Lang) []byte {
	lines := []string{
		lang.Pick("# Ditulis oleh siaga-edge scan. Yang tidak tertulis memakai bawaannya.", "# Written by siaga-edge scan. What is left out has its default."),
		"node: " + scalar(st.Node) + " # " + AboutNode(lang),
		"site: " + scalar(st.Site) + " # " + AboutSite(lang),
		"",
	}
	if st.Broker != "" {
		lines = append(lines, "mqtt:", "  url: "+scalar(st.Broker), "")
	}
	lines = append(lines, "sensors:")
	for _, s := range sensors {
		for _, line := range s.lines(lang) {
			lines = append(lines, "  "+line)
		}
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

// ErrStyle: the list of sensors is written in one line, in brackets, where
// nothing can be put in without writing it anew.
var ErrStyle = errors.New("sensors stand in brackets: write them one below the other, each with a dash")

// Merge returns the configuration in text with sensors added at the end of its
// list. All that was there stays as it is, byte for byte, with its order and
// comments; lang is that of the new ones. Errors: ErrStyle, or text is no YAML.
func Merge(text []byte, sensors []Suggestion, lang explain.Lang) ([]byte, error) {
	if len(sensors) == 0 {
		return text, nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	merged, err := insert(string(text), list(&doc), sensors, lang)
	if err != nil {
		return nil, fmt.Errorf("add sensors: %w", err)
	}
	if err := same([]byte(merged), text, len(sensors)); err != nil {
		return nil, fmt.Errorf("add sensors: %w", err)
	}
	return []byte(merged), nil
}

// sequence is the key sensors and what stands there; nil where nothing does.
type sequence struct{ key, value *yaml.Node }

func list(doc *yaml.Node) *sequence {
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	content := doc.Content[0].Content
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value == "sensors" {
			return &sequence{content[i], content[i+1]}
		}
	}
	return nil
}

// insert puts the sensors' lines below the last of the list's.
func insert(text string, at *sequence, sensors []Suggestion, lang explain.Lang) (string, error) {
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	} else {
		lines[len(lines)-1] += newline
	}
	where, indent := len(lines), 2 // lines before which, and the dashes' column
	var add []string
	switch {
	case at == nil:
		add = []string{"sensors:"}
	case at.value.Tag == "!!null" && at.value.Value == "":
		where = at.key.Line
	case at.value.Kind != yaml.SequenceNode || at.value.Style&yaml.FlowStyle != 0 || len(at.value.Content) == 0:
		return "", ErrStyle
	default:
		items := at.value.Content
		indent = at.value.Column - 1
		where = end(lines, items[len(items)-1].Line, indent)
	}
	for _, s := range sensors {
		for _, line := range s.lines(lang) {
			add = append(add, strings.Repeat(" ", indent)+line)
		}
	}
	var b strings.Builder
	for i := range len(lines) + 1 {
		if i == where {
			for _, line := range add {
				b.WriteString(line + newline)
			}
		}
		if i < len(lines) {
			b.WriteString(lines[i])
		}
	}
	return b.String(), nil
}

// end returns the line after the last of an item that begins at a line, counted
// from 1: those that are indented deeper than its dash belong to it.
func end(lines []string, first, indent int) int {
	last := first
	for i := first; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " \r\n")
		if line == "" {
			continue
		}
		if len(line)-len(strings.TrimLeft(line, " ")) <= indent {
			break
		}
		last = i + 1
	}
	return last
}

// same makes sure that merged says what text says and nothing but n more
// sensors.
func same(merged, text []byte, n int) error {
	var was, is map[string]any
	if err := yaml.Unmarshal(text, &was); err != nil {
		return err
	}
	if err := yaml.Unmarshal(merged, &is); err != nil {
		return err
	}
	before, _ := was["sensors"].([]any)
	after, _ := is["sensors"].([]any)
	delete(was, "sensors")
	delete(is, "sensors")
	if len(after) != len(before)+n || len(was)+len(is) > 0 && !reflect.DeepEqual(was, is) ||
		len(before) > 0 && !reflect.DeepEqual(after[:len(before)], before) {
		return errors.New("the file is written in a way that this program does not understand: add them by hand")
	}
	return nil
}
