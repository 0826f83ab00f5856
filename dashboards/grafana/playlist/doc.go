// Package playlist makes the wall's playlist in a running Grafana, over its API,
// since no file can provision one. Shapes are those of Grafana 12.3
// (apps/playlist, pkg/api/playlist.go); before version 12 the older API does.
//
// It must not change any other playlist, nor know what the dashboards show.
package playlist
