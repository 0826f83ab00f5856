package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// schema is as much of a JSON schema as the tests need.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"` // a name, or several
	Format     string            `json:"format"`
	Enum       []any             `json:"enum"`
	Items      *schema           `json:"items"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
}

// operation is one of the OpenAPI document.
type operation struct {
	method, path string

	ID         string `json:"operationId"`
	Role       string `json:"x-role"`
	Parameters []struct {
		Name   string `json:"name"`
		In     string `json:"in"`
		Schema schema `json:"schema"`
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
	Security []map[string][]string `json:"security"`
}

// document is what the server says of itself.
type document struct {
	operations []operation
	schemas    map[string]schema
}

func described(t testing.TB, c *center) document {
	t.Helper()
	var raw struct {
		Paths      map[string]map[string]operation `json:"paths"`
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(c.do("GET", "/api/v1/openapi.json", "").Body.Bytes(), &raw); err != nil {
		t.Fatal(err)
	}
	d := document{schemas: raw.Components.Schemas}
	for path, methods := range raw.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			d.operations = append(d.operations, op)
		}
	}
	slices.SortFunc(d.operations, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
	if len(d.operations) < 20 {
		t.Fatalf("%d operations", len(d.operations))
	}
	return d
}

// body is the schema of an operation's body, nil where it has none.
func (d *document) body(op *operation) *schema {
	if op.RequestBody == nil {
		return nil
	}
	for _, content := range op.RequestBody.Content {
		s := d.resolve(content.Schema)
		return &s
	}
	return nil
}

func (d *document) resolve(s schema) schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.schemas[name]
	}
	return s
}

// kind is a schema's type, the first where it has several.
func (s *schema) kind() string {
	if several, ok := s.Type.([]any); ok && len(several) > 0 {
		return fmt.Sprint(several[0])
	}
	return fmt.Sprint(s.Type)
}
