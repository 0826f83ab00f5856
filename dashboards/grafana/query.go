package grafana

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// newestWithin is how old a value may be to stand in a panel of current values:
// a node that nothing is wrong with sends every minute at the least, and what the
// center computes it writes every minute. It stands in the queries, so that a
// longer view does not make an old value look current.
const newestWithin = "5m"

// The domains of readings, and of their roll-ups, as regular expressions.
const (
	domains       = "/^(air|weather|water|traffic|power|node)$/"
	hourlyDomains = "/^(air|weather|water|traffic|power|node)_1h$/"
)

// newest asks for every sensor's newest value, as measured ("mentah") and
// corrected ("terkoreksi"), if it is recent and neither bad nor missing, and for
// its flag ("mutu"). One selector with its point's other fields costs a third of
// three selectors.
func newest(q reading.Quantity) Query {
	return table(
		`SELECT "mentah", "terkoreksi", "mutu", "node", "sensor" FROM (SELECT last("%[1]s") AS "mentah", "%[2]s" AS "terkoreksi", "%[1]s_qc" AS "mutu" FROM "%[3]s" WHERE time > now() - %[4]s AND "%[1]s_qc" < %[5]d GROUP BY "node", "sensor")`,
		q, q.Corrected(), q.Info().Domain, newestWithin, reading.Bad)
}

// perNode is the newest state of every node, perSensor of every sensor, and indexed
// what the center computed last of every sensor, for an outer query to select
// from: the newest point that has the first field, with its others. Several
// selectors would make several rows where their newest points differ, as when a
// node falls silent.
func perNode(field string, others ...string) string {
	return point("node", `"sensor" = ''`, `"node"`, field, others)
}

func perSensor(field string, others ...string) string {
	return point("node", `"sensor" != ''`, `"node", "sensor"`, field, others)
}

func indexed(field string, others ...string) string {
	return point("index", "", `"node", "sensor"`, field, others)
}

func point(measurement, where, by, field string, others []string) string {
	if where != "" {
		where = " AND " + where
	}
	return fmt.Sprintf(`(SELECT %s FROM %q WHERE time > now() - %s%s GROUP BY %s)`, newestOf(field, others), measurement, newestWithin, where, by)
}

func newestOf(field string, others []string) string {
	all := fmt.Sprintf("last(%[1]q) AS %[1]q", field)
	for _, o := range others {
		all += fmt.Sprintf(", %q", o)
	}
	return all
}

// table is a query whose answer is one table.
func table(format string, args ...any) Query {
	return Query{Table: true, InfluxQL: fmt.Sprintf(format, args...)}
}

// series is a query whose answer is one series a group.
func series(alias Text, format string, args ...any) Query {
	return Query{Alias: alias, InfluxQL: fmt.Sprintf(format, args...)}
}

// notBad leaves out values with the QARTOD flags bad and missing.
func notBad(q reading.Quantity) string { return fmt.Sprintf(`"%s_qc" < %d`, q, reading.Bad) }

// corrected ends the name of a series of corrected values.
func corrected(name Text) Text { return Text{name.ID + " terkoreksi", name.EN + " corrected"} }
