package tsdb

import "github.com/influxdata/influxql"

// firstChange returns the first statement of q that is not sure to read only,
// or nil. SELECT INTO writes, also where EXPLAIN ANALYZE runs it.
func firstChange(q *influxql.Query) influxql.Statement {
	for _, s := range q.Statements {
		if !readsOnly(s) {
			return s
		}
	}
	return nil
}

func readsOnly(s influxql.Statement) bool {
	switch s.(type) {
	case *influxql.SelectStatement, *influxql.ExplainStatement:
		into := false
		influxql.WalkFunc(s, func(n influxql.Node) {
			if sel, ok := n.(*influxql.SelectStatement); ok && sel.Target != nil {
				into = true
			}
		})
		if ex, ok := s.(*influxql.ExplainStatement); ok && ex.Statement.Target != nil {
			into = true
		}
		return !into
	case *influxql.ShowContinuousQueriesStatement,
		*influxql.ShowDatabasesStatement,
		*influxql.ShowDiagnosticsStatement,
		*influxql.ShowFieldKeyCardinalityStatement,
		*influxql.ShowFieldKeysStatement,
		*influxql.ShowGrantsForUserStatement,
		*influxql.ShowMeasurementCardinalityStatement,
		*influxql.ShowMeasurementsStatement,
		*influxql.ShowQueriesStatement,
		*influxql.ShowRetentionPoliciesStatement,
		*influxql.ShowSeriesCardinalityStatement,
		*influxql.ShowSeriesStatement,
		*influxql.ShowShardGroupsStatement,
		*influxql.ShowShardsStatement,
		*influxql.ShowStatsStatement,
		*influxql.ShowSubscriptionsStatement,
		*influxql.ShowTagKeyCardinalityStatement,
		*influxql.ShowTagKeysStatement,
		*influxql.ShowTagValuesCardinalityStatement,
		*influxql.ShowTagValuesStatement,
		*influxql.ShowUsersStatement:
		return true
	}
	return false
}
