package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/scan"
)

// station is what a configuration file says of the node, whatever else is wrong
// with it.
type station struct {
	file string
	text []byte // nil where there is no file
	at   int    // the line, from 0, before which keys can be put

	Node, Site string
	MQTT       struct{ URL string }
	Sensors    bool
	// known are the keys that are written, also empty ones.
	known map[string]bool
}

// readStation reads a file. One that is no YAML is an error.
func readStation(file string) (station, error) {
	s := station{file: file, known: map[string]bool{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read configuration: %w", err)
	}
	s.text = text
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return s, fmt.Errorf("read configuration %s: %w", file, err)
	}
	s.at = strings.Count(string(text), "\n") + 1 // behind all of it
	if len(doc.Content) == 0 {
		return s, nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode || top.Style&yaml.FlowStyle != 0 {
		return s, fmt.Errorf("read configuration %s: want keys, one below the other", file)
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		if i == 0 {
			s.at = key.Line - 1
		}
		s.known[key.Value] = true
		switch key.Value {
		case "node":
			s.Node = value.Value
		case "site":
			s.Site = value.Value
		case "sensors":
			s.Sensors = len(value.Content) > 0
		case "mqtt":
			for j := 0; j+1 < len(value.Content); j += 2 {
				if value.Content[j].Value == "url" {
					s.MQTT.URL = value.Content[j+1].Value
				}
			}
		}
	}
	return s, nil
}

// complete writes node and site where the file leaves them out, and reports whether
// it did. Nothing else is changed, byte for byte. lang is that of the comments.
func (s station) complete(id *enrol.Identity, lang explain.Lang) (wrote bool, err error) {
	var add []string
	from := lang.Pick("dari pendaftaran", "as enrolled")
	if !s.known["node"] {
		add = append(add, fmt.Sprintf("node: %q # %s; %s", id.Node, from, scan.AboutNode(lang)))
	}
	if !s.known["site"] {
		add = append(add, fmt.Sprintf("site: %q # %s; %s", id.Site, from, scan.AboutSite(lang)))
	}
	if len(add) == 0 {
		return false, nil
	}
	newline := "\n"
	if strings.Contains(string(s.text), "\r\n") {
		newline = "\r\n"
	}
	lines := strings.SplitAfter(string(s.text), "\n")
	before := strings.Join(lines[:min(s.at, len(lines))], "")
	if before != "" && !strings.HasSuffix(before, "\n") {
		before += newline
	}
	text := before + strings.Join(add, newline) + newline + strings.Join(lines[min(s.at, len(lines)):], "")
	_, err = scan.Save(s.file, []byte(text), func(path string) error {
		now, err := readStation(path)
		if err == nil && (now.Node != string(id.Node) && !s.known["node"] || now.Site != string(id.Site) && !s.known["site"]) {
			err = errors.New("it is written in a way that this program does not understand")
		}
		return err
	})
	return err == nil, err
}
