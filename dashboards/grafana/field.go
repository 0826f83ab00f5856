package grafana

// Step is a colour from a value on; the first of a list holds below all, and for
// what has no value.
type Step struct {
	From  float64
	Color string
}

// Field is how values are shown.
type Field struct {
	// Unit is Grafana's name of it, or "suffix:…".
	Unit     Text
	Decimals int
	Min, Max *float64
	// Steps colour the values; nil leaves a colour a series. The first is also the
	// colour of no value, so it must not be that of a class.
	Steps []Step
	// Color is one colour for all, instead of steps.
	Color    string
	Mappings []Mapping
	Links    []Link
	// NoValue is what stands where there is nothing: noData where it is empty.
	NoValue Text
	// Custom is what only the panel's kind knows, over its defaults here.
	Custom map[string]any
}

// Mapping shows some values as words, colours, or both. Kind is Grafana's: "value",
// "range" or "regex".
type Mapping struct {
	Kind string
	// Value is for value mappings, From and To (inclusive) for ranges, Pattern for
	// texts; a regex's Text may use its groups, as "$1 Baik".
	Value    string
	From, To float64
	Pattern  string
	Text     Text
	Color    string
	// place orders several, and is Grafana's index.
	place int
}

// in a list, value mappings are told apart by their places.
func mappings(all ...Mapping) []Mapping {
	for i := range all {
		all[i].place = i
	}
	return all
}

func (m Mapping) json(l Lang) any {
	result := map[string]any{"index": m.place}
	if m.Text != (Text{}) {
		result["text"] = m.Text.in(l)
	}
	if m.Color != "" {
		result["color"] = m.Color
	}
	switch m.Kind {
	case "range":
		return map[string]any{"type": m.Kind, "options": map[string]any{"from": m.From, "to": m.To, "result": result}}
	case "regex":
		return map[string]any{"type": m.Kind, "options": map[string]any{"pattern": m.Pattern, "result": result}}
	}
	return map[string]any{"type": "value", "options": map[string]any{m.Value: result}}
}

// Link leads from a value to another view.
type Link struct {
	Title Text
	// To is the dashboard's uid without the set's suffix, Query what follows the
	// question mark.
	To, Query string
}

func (l Link) json(set Set) any {
	return map[string]any{"title": l.Title.in(set.Lang), "url": "/d/" + l.To + set.Suffix() + "?" + l.Query}
}

// Override changes how some fields are shown: By is Grafana's matcher, such as
// "byName" or "byFrameRefID".
type Override struct {
	By, Match  string
	Properties []Property
}

// Property is a setting of a field by its path, such as "displayName" or
// "custom.width".
type Property struct {
	ID    string
	Value any
}

type fieldConfig struct {
	Defaults  map[string]any `json:"defaults"`
	Overrides []override     `json:"overrides"`
}

type override struct {
	Matcher    map[string]any   `json:"matcher"`
	Properties []map[string]any `json:"properties"`
}

// noData is what a panel says where there is nothing: never a zero.
var noData = Text{"tidak ada data", "no data"}

func (p Panel) fieldConfig(set Set) fieldConfig {
	f := p.Field
	noValue := f.NoValue
	if noValue == (Text{}) {
		noValue = noData
	}
	d := map[string]any{"unit": f.Unit.in(set.Lang), "decimals": f.Decimals, "noValue": noValue.in(set.Lang)}
	if f.Min != nil {
		d["min"] = *f.Min
	}
	if f.Max != nil {
		d["max"] = *f.Max
	}
	switch {
	case f.Color != "":
		d["color"] = fixed(f.Color)
		d["thresholds"] = thresholds([]Step{{0, noValueColor}})
	case f.Steps != nil:
		d["color"] = map[string]any{"mode": "thresholds"}
		d["thresholds"] = thresholds(f.Steps)
	default:
		d["color"] = map[string]any{"mode": "palette-classic"}
	}
	if len(f.Mappings) > 0 {
		d["mappings"] = spoken(f.Mappings, set)
	}
	if len(f.Links) > 0 {
		d["links"] = spoken(f.Links, set)
	}
	custom := defaultCustom(p.Kind)
	for k, v := range f.Custom {
		custom[k] = spoken(v, set)
	}
	d["custom"] = custom
	out := fieldConfig{Defaults: d, Overrides: []override{}}
	for _, o := range p.Overrides {
		to := override{Matcher: map[string]any{"id": o.By, "options": o.Match}}
		for _, prop := range o.Properties {
			to.Properties = append(to.Properties, map[string]any{"id": prop.ID, "value": spoken(prop.Value, set)})
		}
		out.Overrides = append(out.Overrides, to)
	}
	return out
}

func fixed(color string) map[string]any { return map[string]any{"mode": "fixed", "fixedColor": color} }

// thresholds has a null value in the first place, as Grafana wants it.
func thresholds(steps []Step) map[string]any {
	all := make([]map[string]any, 0, len(steps))
	for i, s := range steps {
		step := map[string]any{"color": s.Color, "value": nil}
		if i > 0 {
			step["value"] = s.From
		}
		all = append(all, step)
	}
	return map[string]any{"mode": "absolute", "steps": all}
}
