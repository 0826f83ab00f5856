package registry

import (
	"database/sql/driver"
	"encoding/json"
)

// table is rows for one statement, which reads them from json_each: one for all rows
// costs a fraction of one for each. Its texts are ids, which JSON holds as they are.
type table [][]any

// Value implements driver.Valuer.
func (t table) Value() (driver.Value, error) {
	b, err := json.Marshal(t)
	return string(b), err
}
