// Package datasource packs the plugin for Grafana that is in this folder: src is
// its front in TypeScript, pkg its back in Go. Pack writes the archive that is
// installed, Check holds an archive to what Grafana and its validator ask of one.
//
// It builds neither half; `make plugin` does.
package datasource

// ID is the plugin's id and, without anything else, the name of the one folder
// in its archive.
const ID = "siaga-commandcenter-datasource"

// executable is the back half's name without system and processor.
const executable = "gpx_siaga_commandcenter_datasource"

// manifest is where an archive tells the SHA-256 of every Go file it was made of.
const manifest = "go_plugin_build_manifest"
