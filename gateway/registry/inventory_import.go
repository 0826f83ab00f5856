package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/siaga-id/siaga/internal/reading"
)

// Edit is what one line of a file wants of a site or a node, which is added where
// it is not known. Just one of the two functions is set.
type Edit struct {
	Line     int
	Code     reading.SiteCode
	EditSite func(*Site)
	Node     reading.NodeID
	EditNode func(*Asset)
	// Part is of the node what the line tells, so that a mistake finds its line:
	// PartOfSensor, PartOfLevels, or "" for the node itself.
	Part string
}

// PartOfSensor is an Edit's Part that tells of a mounting.
func PartOfSensor(sensor reading.SensorID) string { return (&Mounting{Sensor: sensor}).part() }

// PartOfLevels is an Edit's Part that tells of a gauge's levels.
func PartOfLevels(sensor reading.SensorID, quantity string) string {
	return (&LevelSet{Sensor: sensor, Quantity: quantity}).part()
}

// Change is what an import changes of an object.
type Change struct {
	// Line is the first that tells of it.
	Line int `json:"line"`
	// Object is such as "node:sutojayan-01".
	Object string  `json:"object"`
	New    bool    `json:"new"`
	Fields []Field `json:"fields" nullable:"false"`
}

// errPreview ends the transaction of an import that is only looked at.
var errPreview = errors.New("only a preview")

// Import makes all edits in one transaction, or none of them: not when one has a
// mistake (*MistakesError, each with its line), and not when apply is false. It
// returns what changes, sites first, each in the order of the edits; what is as
// the edits want it is not among it. No import retires a node: only one that is not
// known yet may come as retired.
func (r *Registry) Import(ctx context.Context, by Actor, edits []Edit, apply bool) ([]Change, error) {
	var changes []Change
	var retired []reading.NodeID
	err := r.update(ctx, "inventory", func(tx *sql.Tx) error {
		im := &importing{r: r, tx: tx, by: by}
		if err := im.all(ctx, edits); err != nil {
			return err
		}
		changes, retired = im.changes, im.retired
		if !apply {
			return errPreview
		}
		return nil
	})
	if err != nil && !errors.Is(err, errPreview) {
		return nil, fmt.Errorf("import inventory: %w", err)
	}
	if err == nil && len(retired) > 0 {
		r.credentials.mu.Lock()
		defer r.credentials.mu.Unlock()
		for _, node := range retired {
			r.credentials.retired[node] = struct{}{}
		}
	}
	return changes, nil
}

type importing struct {
	r       *Registry
	tx      *sql.Tx
	by      Actor
	wrong   []Mistake
	changes []Change
	retired []reading.NodeID
}

// edited is an object with all edits of it.
type edited[T any] struct {
	was, is T
	known   bool
	lines   map[string]int // by part, the last; "" is the first of all
}

func (e *edited[T]) line(part string) int {
	if line, ok := e.lines[part]; ok {
		return line
	}
	return e.lines[""]
}

func (im *importing) all(ctx context.Context, edits []Edit) error {
	if err := im.sites(ctx, edits); err != nil {
		return err
	}
	if err := im.nodes(ctx, edits); err != nil {
		return err
	}
	if len(im.wrong) > 0 {
		slices.SortStableFunc(im.wrong, func(a, b Mistake) int { return a.Line - b.Line })
		return &MistakesError{im.wrong[:min(len(im.wrong), maxMistakes)]}
	}
	return nil
}

func (im *importing) sites(ctx context.Context, edits []Edit) error {
	have, err := sites(ctx, im.tx, "")
	if err != nil {
		return err
	}
	known := make(map[reading.SiteCode]Site, len(have))
	for _, s := range have {
		known[s.Code] = s
	}
	objects := make(map[reading.SiteCode]*edited[Site])
	var order []*edited[Site]
	for _, e := range edits {
		if e.EditSite == nil {
			continue
		}
		o := objects[e.Code]
		if o == nil {
			was, ok := known[e.Code]
			o = &edited[Site]{was: was, is: was, known: ok, lines: map[string]int{"": e.Line}}
			objects[e.Code] = o
			order = append(order, o)
		}
		e.EditSite(&o.is)
		o.is.Code = e.Code
	}
	for _, o := range order {
		if wrong := o.is.mistakes(); len(wrong) > 0 {
			im.mistaken(wrong, o.line)
			continue
		}
		changed, err := im.r.saveSite(ctx, im.tx, im.by, o.known, &o.was, &o.is)
		if err != nil {
			return err
		}
		im.changed(o.line(""), "site:"+string(o.is.Code), !o.known, changed)
	}
	return nil
}

func (im *importing) nodes(ctx context.Context, edits []Edit) error {
	have, err := assets(ctx, im.tx, "")
	if err != nil {
		return err
	}
	known := make(map[reading.NodeID]Asset, len(have))
	for _, n := range have {
		known[n.ID] = n
	}
	objects := make(map[reading.NodeID]*edited[Asset])
	var order []*edited[Asset]
	for _, e := range edits {
		if e.EditNode == nil {
			continue
		}
		o := objects[e.Node]
		if o == nil {
			was, ok := known[e.Node]
			was.ID = e.Node
			o = &edited[Asset]{was: was, is: was.clone(), known: ok, lines: map[string]int{"": e.Line}}
			objects[e.Node] = o
			order = append(order, o)
		}
		// What is too much already is refused below; more of it would only cost time.
		if len(o.is.Mountings) <= maxMountings && len(o.is.Levels) <= maxLevelSets {
			e.EditNode(&o.is)
		}
		o.is.ID = e.Node
		if e.Part != "" {
			o.lines[e.Part] = e.Line
		}
	}
	now := ms(im.r.opt.Now())
	for _, o := range order {
		o.is.tidy()
		if wrong := o.mistakes(o.was, o.is); len(wrong) > 0 {
			im.mistaken(wrong, o.line)
			continue
		}
		if err := im.r.see(ctx, im.tx, o.is.ID, now); err != nil {
			return err
		}
		action := "node.set"
		if o.was.Site == "" {
			action = "node.add"
		}
		changed, err := im.r.saveAsset(ctx, im.tx, im.by, action, &o.was, &o.is)
		if err != nil {
			return err
		}
		if !o.known && !o.is.Retired.IsZero() {
			im.retired = append(im.retired, o.is.ID)
		}
		im.changed(o.line(""), "node:"+string(o.is.ID), !o.known, changed)
	}
	return nil
}

func (o *edited[T]) mistakes(was, is Asset) []Mistake {
	of := mistakes{object: "node:" + clipped(string(is.ID))}
	if was.Site == "" {
		if of.node(is.ID); len(of.all) > 0 {
			return of.all
		}
	}
	if o.known && !was.Retired.Equal(is.Retired) {
		of.wrong("retired", instant(is.Retired), "tidak diubah oleh impor: siaga node retire", "is not changed by an import: siaga node retire")
	}
	return append(of.all, is.mistakes()...)
}

func (im *importing) mistaken(wrong []Mistake, line func(part string) int) {
	for _, m := range wrong {
		m.Line = line(m.part)
		im.wrong = append(im.wrong, m)
	}
}

func (im *importing) changed(line int, object string, isNew bool, fields []Field) {
	if isNew || len(fields) > 0 {
		im.changes = append(im.changes, Change{line, object, isNew, fields})
	}
}
