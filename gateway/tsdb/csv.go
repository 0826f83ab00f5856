package tsdb

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/influxdata/influxdb/models"
	"github.com/influxdata/influxdb/query"
)

// csvEncoder writes results as InfluxDB 1.8 does: columns name, tags and the
// series' own, a new header after an empty line wherever statement or columns
// change, times as nanoseconds. It keeps its place between chunks.
type csvEncoder struct {
	statement int // of the last header, -1 before the first
	columns   []string
}

func (c *csvEncoder) encode(w io.Writer, results []*query.Result) {
	out := csv.NewWriter(w)
	defer out.Flush()
	for _, r := range results {
		if r.Err != nil {
			// 1.8 leaves errors of statements out; a table that is empty
			// because of one would pass for no data.
			_ = out.WriteAll([][]string{{"error"}, {r.Err.Error()}})
			continue
		}
		for _, s := range r.Series {
			if r.StatementID != c.statement || !slices.Equal(c.columns, s.Columns) {
				if c.statement >= 0 {
					out.Flush()
					_, _ = io.WriteString(w, "\n")
				}
				c.statement, c.columns = r.StatementID, s.Columns
				_ = out.Write(append([]string{"name", "tags"}, s.Columns...))
			}
			row := make([]string, 2+len(s.Columns))
			row[0], row[1] = s.Name, tagText(s.Tags)
			for _, values := range s.Values {
				for i, v := range values {
					row[i+2] = cell(v)
				}
				_ = out.Write(row)
			}
		}
	}
}

// tagText writes tags as "a=1,b=2", escaped as in line protocol.
func tagText(tags map[string]string) string {
	key := models.NewTags(tags).HashKey()
	if len(key) == 0 {
		return ""
	}
	return string(key[1:]) // begins with a comma
}

// cell writes one value; nil and what the engine does not return are empty.
func cell(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return strconv.FormatInt(v.UnixNano(), 10)
	}
	return ""
}
