// Package api is the Command Center over HTTP: nodes, readings, history, the
// quarantine and health as JSON (described by OpenAPI at /api/v1/openapi.json),
// the present as server-sent events, and the wall's files.
//
// Ages and staleness are computed here, so that a wall with a wrong clock shows
// them rightly. Every name that gets into a query is checked against the tables
// first.
//
// Every operation says who may do it, by a role of package access, and the OpenAPI
// document tells it; one that does not say is nobody's. The wall's files and
// whether the center is well are everybody's: they hold no data.
//
// It must not write readings, nor decide what is true: it asks the registry, the
// live hub and InfluxDB.
package api
