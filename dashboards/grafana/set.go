package grafana

// Lang is the language that people read on a dashboard.
type Lang string

// The languages, Indonesian first.
const (
	Indonesian Lang = "id"
	English    Lang = "en"
)

// Text is what people read, in both languages.
type Text struct{ ID, EN string }

func (t Text) in(l Lang) string {
	if l == English {
		return t.EN
	}
	return t.ID
}

// same is a text that both languages write alike.
func same(s string) Text { return Text{s, s} }

// Set is one complete generation of all dashboards; a deployment picks one.
// InfluxDB does not tell whether its center is a demo, so whoever sets Grafana up
// has to.
type Set struct {
	Lang Lang
	// Simulated is for demo centers: every view says SIMULASI.
	Simulated bool
}

// Sets returns all generations.
func Sets() []Set {
	return []Set{{Indonesian, false}, {English, false}, {Indonesian, true}, {English, true}}
}

// Suffix ends the uids and the folder of a set, so that several may live in one
// Grafana: "", "-en", "-simulasi" or "-en-simulasi".
func (s Set) Suffix() string {
	suffix := ""
	if s.Lang == English {
		suffix = "-en"
	}
	if s.Simulated {
		suffix += "-simulasi"
	}
	return suffix
}

// Folder is where the set's files lie, below this package's folder.
func (s Set) Folder() string { return "json" + s.Suffix() }
