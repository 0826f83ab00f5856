package plugin

import (
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// column is a table's: its name, and what a row has there. V is a type of data.Field.
func column[R, V any](rows []R, name string, of func(*R) V) *data.Field {
	values := make([]V, len(rows))
	for i := range rows {
		values[i] = of(&rows[i])
	}
	return data.NewField(name, nil, values)
}

// table is a frame without any of the data plane's kinds but that.
func table(refID string, fields ...*data.Field) *data.Frame {
	f := data.NewFrame("", fields...)
	f.RefID = refID
	f.Meta = &data.FrameMeta{Type: data.FrameTypeTable, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeTable}
	return f
}

// unique says by which columns a row is the same one after a refresh.
func unique(f *data.Frame, columns ...int) *data.Frame {
	f.Meta.UniqueRowIDFields = columns
	return f
}
