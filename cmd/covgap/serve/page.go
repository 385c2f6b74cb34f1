package serve

import (
	"embed"
	"fmt"
	"net/http"
	"path"
)

// dist is the built page.
//
//go:embed all:web/dist
var dist embed.FS

// kinds are the media types of the page's files, the same on every machine.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

func (s *Server) pageRoutes() []Route {
	return []Route{{http.MethodGet, "/{file...}", None, s.page}}
}

// page serves the built page: its files are part of the program, and no other is in
// reach.
func (s *Server) page(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	if name == "" {
		name = "index.html"
	}
	b, err := dist.ReadFile(path.Join("web/dist", path.Clean("/"+name)))
	if err != nil { // not there, or a folder
		return fmt.Errorf("%w: file %q", ErrNotFound, name)
	}
	kind, ok := kinds[path.Ext(name)]
	if !ok {
		kind = "application/octet-stream"
	}
	return s.write(w, r, Content{Type: kind, Body: b})
}
