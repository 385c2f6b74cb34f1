// Package web holds what is built from the TypeScript beside it and used outside the
// server: the script and the style of report.html. "npm ci && npm run build" in this
// folder makes them.
package web

import _ "embed" // of what is built

// ReportScript draws the map of a report, and ReportStyle lays the report out, with the
// fonts in it.
var (
	//go:embed report/report.js
	ReportScript string
	//go:embed report/report.css
	ReportStyle string
)
