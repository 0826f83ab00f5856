package local

import (
	"embed"
	"encoding/json"
	"io/fs"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"
)

//go:embed page/index.html page/app.js page/ask.js page/show.js page/tools.js page/words.js page/style.css page/icon.svg
var embedded embed.FS

// socketHandler answers those whom the socket's mode has let in.
func (s *Server) socketHandler() http.Handler {
	return s.routes(func(*http.Request) Access { return AccessOpen })
}

// pageHandler answers everybody who reaches the address.
func (s *Server) pageHandler() http.Handler { return guard(s.opt.Hosts, s.routes(s.door.access)) }

func (s *Server) routes(access func(*http.Request) Access) http.Handler {
	files, err := fs.Sub(embedded, "page")
	if err != nil {
		panic("BUG: page: " + err.Error())
	}
	show := http.FileServerFS(files)
	mux := http.NewServeMux()
	for _, file := range []string{"/{$}", "/app.js", "/ask.js", "/show.js", "/tools.js", "/words.js", "/style.css", "/icon.svg"} {
		mux.HandleFunc("GET "+file, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			show.ServeHTTP(w, r)
		})
	}
	mux.HandleFunc("GET /api/v1/node", s.node)
	mux.HandleFunc("GET /api/v1/calibrations", s.calibrations)
	mux.HandleFunc("GET /api/v1/session", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, sessionAnswer{access(r)})
	})
	mux.HandleFunc("POST /api/v1/session", s.openSession)
	mux.HandleFunc("DELETE /api/v1/session", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, s.door.shut(r))
		answer(w, http.StatusOK, struct{}{})
	})
	change := func(path string, h http.HandlerFunc) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			switch access(r) {
			case AccessView:
				refuse(w, http.StatusForbidden, CodeView, "this node has no PIN file: its page only shows")
			case AccessLocked:
				refuse(w, http.StatusUnauthorized, CodePINNeeded, "the PIN is needed")
			case AccessOpen:
				h(w, r)
			}
		})
	}
	change("/api/v1/calibrations", s.setCorrection)
	change("/api/v1/calibrations/undo", s.undo)
	change("/api/v1/replace", s.replace)
	change("/api/v1/scan", s.scan)
	return mux
}

type sessionAnswer struct {
	Access Access `json:"access"`
}

func (s *Server) openSession(w http.ResponseWriter, r *http.Request) {
	var said struct {
		PIN string `json:"pin"`
	}
	if !read(w, r, &said) {
		return
	}
	if s.door.pin == nil {
		refuse(w, http.StatusForbidden, CodeView, "this node has no PIN file: its page only shows")
		return
	}
	ok, wait := s.door.pin.try(said.PIN)
	if !ok {
		s.opt.Logger.Warn("wrong PIN or too many tries", "from", r.RemoteAddr, "wait", wait)
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		refuse(w, http.StatusTooManyRequests, CodePINWrong, "the PIN is wrong or was tried too soon: wait "+wait.Round(time.Second).String())
		return
	}
	http.SetCookie(w, s.door.open())
	answer(w, http.StatusOK, sessionAnswer{AccessOpen})
}

// maxBody bounds a request: a correction's table.
const maxBody = 64 << 10

// read decodes a request's body exactly, or refuses it and returns false. Only
// JSON is taken: no page of another origin can send that unasked.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, CodeBadRequest, "Content-Type must be application/json")
		return false
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil && d.More() {
		refuse(w, http.StatusBadRequest, CodeBadRequest, "more than one JSON value")
		return false
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, CodeBadRequest, "read request: "+err.Error())
		return false
	}
	return true
}

func answer(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		refuse(w, http.StatusInternalServerError, CodeFailed, "encode answer: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(b) //nolint:errcheck // nobody else to tell
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, Refusal{Code: code, Message: message})
}
