package grafana

// sortBy puts the rows with the least, or the greatest, values first.
func sortBy(field string, greatest bool) Transform {
	return Transform{ID: "sortBy", Options: map[string]any{"sort": []map[string]any{{"field": field, "desc": greatest}}}}
}

// first keeps so many rows of every query.
func first(rows int) Transform {
	return Transform{ID: "limit", Options: map[string]any{"limitField": rows}}
}

// without leaves out columns; Time among them, which a subquery sets to the
// beginning of its range.
func without(columns ...string) Transform {
	exclude := map[string]bool{}
	for _, c := range columns {
		exclude[c] = true
	}
	return Transform{ID: "organize", Options: map[string]any{"excludeByName": exclude, "indexByName": map[string]int{}, "renameByName": map[string]string{}}}
}

// inOrder leaves out Time and puts columns into this order.
func inOrder(columns ...string) Transform {
	order := map[string]int{}
	for i, c := range columns {
		order[c] = i
	}
	return Transform{ID: "organize", Options: map[string]any{"excludeByName": map[string]bool{"Time": true}, "indexByName": order, "renameByName": map[string]string{}}}
}

// rowwise adds a column that a reducer makes of others of the same row.
func rowwise(name, reducer string, of ...string) Transform {
	return Transform{ID: "calculateField", Options: map[string]any{
		"mode": "reduceRow", "reduce": map[string]any{"reducer": reducer, "include": of}, "alias": name, "timeSeries": false,
	}}
}

// sum adds a column that is the sum of two.
func sum(name, left, right string) Transform {
	of := func(name string) map[string]any {
		return map[string]any{"matcher": map[string]any{"id": "byName", "options": name}}
	}
	return Transform{ID: "calculateField", Options: map[string]any{
		"mode": "binary", "binary": map[string]any{"left": of(left), "operator": "+", "right": of(right)}, "alias": name, "timeSeries": false,
	}}
}

// joined makes one row of all queries' rows of a node.
func joined() Transform {
	return Transform{ID: "joinByField", Options: map[string]any{"byField": "node", "mode": "outer"}}
}

// written makes a number a text, which regular expressions can map.
func written(field string) Transform {
	return Transform{ID: "convertFieldType", Options: map[string]any{
		"fields":      map[string]any{},
		"conversions": []map[string]any{{"targetField": field, "destinationType": "string"}},
	}}
}

// exceptOnes leaves out the rows that have a 1 in a column. InfluxQL cannot: there
// nothing is neither 1 nor other than 1.
func exceptOnes(column string) Transform {
	return Transform{ID: "filterByValue", Options: map[string]any{
		"type": "exclude", "match": "any",
		"filters": []map[string]any{{"fieldName": column, "config": map[string]any{"id": "equal", "options": map[string]any{"value": 1}}}},
	}}
}
