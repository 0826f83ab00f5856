package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

// format is of the archives that this package writes and reads.
const format = 1

// Names in an archive.
const (
	headName     = "head.json"
	registryName = "registry.db"
	caPrefix     = "ca/"
	spoolPrefix  = "spool/"
	influxPrefix = "influx/"
	metaName     = influxPrefix + "meta/meta.db" // of the time series, without which there are none
	manifestName = "manifest.json"
)

// ErrDamaged tells that an archive is not what was written.
var ErrDamaged = errors.New("the archive is damaged or cut short")

// ErrNewer tells that a newer program wrote the archive.
var ErrNewer = errors.New("the archive was written by a newer siaga: use that")

// Head is what an archive says first.
type Head struct {
	Format int `json:"format"`
	// Program is the version of siaga.
	Program string `json:"program"`
	// Taken is the moment of the backup.
	Taken time.Time `json:"taken"`
	// Kind is of the data directory.
	Kind registry.Kind `json:"kind"`
	// Engine is the release of InfluxDB whose files are in it, "" for none.
	Engine string `json:"engine"`
	// History says what the archive has of the readings.
	History registry.History `json:"history"`
}

// Manifest tells what is in an archive, and what is not.
type Manifest struct {
	Head
	Files   []File    `json:"files"`
	LeftOut []LeftOut `json:"left_out"`
}

// File is one copy.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Records are those of a spool.
	Records uint64 `json:"records,omitempty"`
}

// LeftOut is something that an archive does not have.
type LeftOut struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Bytes is the size of all copies.
func (m *Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Bytes
	}
	return n
}

func (h *Head) check() error {
	switch {
	case h.Format > format:
		return fmt.Errorf("%w: format %d, %s", ErrNewer, h.Format, h.Program)
	case h.Format != format || h.Taken.IsZero():
		return fmt.Errorf("%w: format %d, taken %v", ErrDamaged, h.Format, h.Taken)
	case h.Kind != registry.Real && h.Kind != registry.Demo:
		return fmt.Errorf("%w: kind %q", ErrDamaged, h.Kind)
	}
	switch h.History {
	case registry.HistoryIncluded, registry.HistoryLeftOut, registry.HistoryExternal:
		return nil
	}
	return fmt.Errorf("%w: history %q", ErrDamaged, h.History)
}

// validName reports whether a copy may have that name: it becomes a path.
func validName(name string) bool {
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\:\x00") {
		return false
	}
	switch {
	case name == registryName:
		return true
	case strings.HasPrefix(name, caPrefix):
		return strings.Count(name, "/") == 1
	case strings.HasPrefix(name, spoolPrefix):
		return knownSpool(strings.TrimPrefix(name, spoolPrefix))
	}
	return strings.HasPrefix(name, influxPrefix)
}

// The spools of a center, by where they are in its data directory.
const (
	DataSpool    = "ingest/data"
	StoredSpool  = "ingest/stored"
	RefusedSpool = "ingest/refused"
	DeviceSpool  = "devices"
)

// spool is the name of the spool whose records f has, "" for none.
func (f *File) spool() string {
	if name, ok := strings.CutPrefix(f.Name, spoolPrefix); ok {
		return name
	}
	return ""
}

func knownSpool(name string) bool {
	return name == DataSpool || name == StoredSpool || name == RefusedSpool || name == DeviceSpool
}
