// Package reference finds the folder of published vectors and real data that
// some tests check against. The folder is not part of the project: the
// environment variable COVGAP_REFERENCE names it.
package reference

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Dir gives the path of sub (such as "validation/p1812") in the reference folder.
// It skips the test when there is none, or fails it when COVGAP_REQUIRE, a comma
// separated list, names "reference".
func Dir(tb testing.TB, sub string) string {
	tb.Helper()
	root := os.Getenv("COVGAP_REFERENCE")
	if root == "" {
		Missing(tb, "reference", "COVGAP_REFERENCE is not set")
	}
	dir := filepath.Join(root, filepath.FromSlash(sub))
	if _, err := os.Stat(dir); err != nil {
		Missing(tb, "reference", "reference data not found: "+err.Error())
	}
	return dir
}

// Missing skips the test because something it needs from outside is not there,
// or fails it when COVGAP_REQUIRE names that thing ("reference", "gdal", "qgis",
// "npm" or "chromium").
func Missing(tb testing.TB, what, why string) {
	tb.Helper()
	if slices.Contains(strings.Split(os.Getenv("COVGAP_REQUIRE"), ","), what) {
		tb.Fatalf("%s; COVGAP_REQUIRE asks for %s", why, what)
	}
	tb.Skipf("%s; skipping what needs %s", why, what)
}

// NPM gives the folder in which the packages of geo/testdata/npm are installed beside
// the scripts that use them: the environment variable COVGAP_NPM names it. Without it
// the test is skipped, or fails when COVGAP_REQUIRE names "npm".
func NPM(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("COVGAP_NPM")
	if dir == "" {
		Missing(tb, "npm", "COVGAP_NPM is not set")
	}
	return dir
}
