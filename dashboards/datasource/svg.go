package datasource

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// drawing are the elements that draw and do nothing else. A browser runs scripts
// of an SVG that is opened by itself, and Grafana serves plugins' pictures.
var drawing = []string{
	"svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title", "desc", "defs",
	"linearGradient", "radialGradient", "stop",
}

// checkSVG refuses a picture that could do more than be looked at.
func checkSVG(name string, content []byte) error {
	for d := xml.NewDecoder(bytes.NewReader(content)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			if _, ok := token.(xml.Directive); ok {
				return fmt.Errorf("%s has a document type", name)
			}
			continue
		}
		if !slices.Contains(drawing, element.Name.Local) {
			return fmt.Errorf("%s has an element <%s>, which may do more than draw", name, element.Name.Local)
		}
		for _, a := range element.Attr {
			if n := strings.ToLower(a.Name.Local); strings.HasPrefix(n, "on") || n == "href" || n == "style" {
				return fmt.Errorf("%s has an attribute %s, which may do more than draw", name, a.Name.Local)
			}
		}
	}
}
