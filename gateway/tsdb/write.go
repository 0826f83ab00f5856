package tsdb

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/influxdata/influxdb"
	"github.com/influxdata/influxdb/coordinator"
	"github.com/influxdata/influxdb/models"
	"github.com/influxdata/influxdb/tsdb"
)

// serveWriteV1 answers POST /write?db=&rp=&precision=.
func (e *Engine) serveWriteV1(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	precision := q.Get("precision")
	switch precision {
	case "", "n", "ns", "u", "ms", "s", "m", "h":
	default:
		writeError(w, http.StatusBadRequest, fmt.Sprintf("invalid precision %q (use n, u, ms, s, m or h)", precision))
		return
	}
	e.serveWrite(w, r, q.Get("db"), q.Get("rp"), precision)
}

// serveWriteV2 answers POST /api/v2/write?bucket=&precision=. The bucket is
// "database" or "database/retention-policy"; the organisation means nothing.
func (e *Engine) serveWriteV2(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	precision := q.Get("precision")
	switch precision {
	case "", "ns", "ms", "s":
	case "us":
		precision = "u"
	default:
		writeError(w, http.StatusBadRequest, fmt.Sprintf("invalid precision %q (use ns, us, ms or s)", precision))
		return
	}
	db, rp, err := parseBucket(q.Get("bucket"))
	if err != nil {
		writeError(w, http.StatusNotFound, err.Error())
		return
	}
	e.serveWrite(w, r, db, rp, precision)
}

// parseBucket splits a bucket of InfluxDB 2 as 1.8 does.
func parseBucket(bucket string) (db, rp string, err error) {
	db, rp, slash := strings.Cut(bucket, "/")
	switch {
	case db == "" && slash:
		return "", "", fmt.Errorf("bucket name %q is in db/rp form but has an empty database", bucket)
	case db == "":
		return "", "", fmt.Errorf("bucket name %q is missing a slash; not in \"database/retention-policy\" format", bucket)
	}
	return db, rp, nil
}

// serveWrite stores the line protocol of r's body. It answers 204 when all of
// it is on disk, and 400 when the content of some lines is at fault: the others
// are then stored.
func (e *Engine) serveWrite(w http.ResponseWriter, r *http.Request, db, rp, precision string) {
	if db == "" {
		writeError(w, http.StatusBadRequest, "database is required")
		return
	}
	if e.meta.Database(db) == nil {
		writeError(w, http.StatusNotFound, fmt.Sprintf("database not found: %q", db))
		return
	}
	if err := e.writes.enter(r.Context()); err != nil {
		writeError(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer e.writes.leave()

	body, err := e.readBody(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		writeError(w, http.StatusRequestEntityTooLarge, http.StatusText(http.StatusRequestEntityTooLarge))
		return
	case err != nil:
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}

	st, err := e.door.enter()
	if err != nil {
		writeError(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer e.door.leave()
	if err := e.refuses(); err != nil {
		writeError(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	points, parseErr := models.ParsePointsWithPrecision(body, time.Now().UTC(), precision)
	if parseErr != nil && len(points) == 0 {
		writeError(w, http.StatusBadRequest, parseErr.Error())
		return
	}
	err = e.writePoints(st.writer, db, rp, points)
	if t := e.broken.Load(); t != nil {
		// It may stand on an entry of the index that another write could not
		// bring to the disk.
		err = t
	}
	if err != nil {
		e.answerWriteError(w, err, len(points))
		return
	}
	e.points.Add(uint64(len(points)))
	if parseErr != nil {
		writeError(w, http.StatusBadRequest, tsdb.PartialWriteError{Reason: parseErr.Error()}.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// readBody reads all of r's body, decompressed. A *http.MaxBytesError says that
// there is too much of it, before or after decompression.
func (e *Engine) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limited := http.MaxBytesReader(w, r.Body, e.opt.MaxBodyBytes)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(limited)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		limited = http.MaxBytesReader(w, io.NopCloser(z), e.opt.MaxBodyBytes)
	}
	buf := bytes.NewBuffer(make([]byte, 0, max(0, min(r.ContentLength, e.opt.MaxBodyBytes))+bytes.MinRead))
	_, err := buf.ReadFrom(limited)
	return buf.Bytes(), err
}

// answerWriteError answers a failed write of n points: what is wrong with the
// content is 400, a full disk 503, everything else 500, which the client sends
// again.
func (e *Engine) answerWriteError(w http.ResponseWriter, err error, n int) {
	var partial tsdb.PartialWriteError
	switch {
	case spoils(err):
		writeError(w, http.StatusServiceUnavailable, e.spoiled(err).Error())
	case errors.As(err, &partial):
		e.points.Add(uint64(n - partial.Dropped))
		e.dropped.Add(uint64(partial.Dropped))
		writeError(w, http.StatusBadRequest, err.Error())
	case influxdb.IsClientError(err):
		e.dropped.Add(uint64(n))
		writeError(w, http.StatusBadRequest, err.Error())
	default:
		e.opt.Logger.Error("write failed: it is answered with 500, and whoever sent it keeps it and tries again", "points", n, "err", err)
		writeError(w, http.StatusInternalServerError, err.Error())
	}
}

// writePoints stores points. A tsdb.PartialWriteError says that some were not
// stored for their content and that all others are on disk. The engine's own
// writer returns the first error of several shards and leaves the others
// running, so that a full disk can hide behind a wrong field type; points of
// several shards are therefore written one shard after the other here, and an
// error that is not the content's fault wins.
func (e *Engine) writePoints(w *coordinator.PointsWriter, db, rp string, points []models.Point) error {
	if rp == "" {
		if di := e.meta.Database(db); di != nil {
			rp = di.DefaultRetentionPolicy
		}
	}
	mapped, err := w.MapShards(&coordinator.WritePointsRequest{Database: db, RetentionPolicy: rp, Points: points})
	if err != nil {
		return err
	}
	var partial *tsdb.PartialWriteError
	drop := func(p tsdb.PartialWriteError) {
		if partial == nil {
			partial = &p
			return
		}
		partial.Dropped += p.Dropped
	}
	ids := make([]uint64, 0, len(mapped.Points))
	for id := range mapped.Points {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		err := w.WritePointsPrivileged(db, rp, models.ConsistencyLevelOne, mapped.Points[id])
		var p tsdb.PartialWriteError
		switch {
		case errors.As(err, &p):
			drop(p)
		case err != nil:
			return err
		}
	}
	if n := len(mapped.Dropped); n > 0 {
		drop(tsdb.PartialWriteError{Reason: "points beyond retention policy", Dropped: n})
	}
	if partial != nil {
		return *partial
	}
	return nil
}
