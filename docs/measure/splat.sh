#!/bin/bash
# Compares covgap with SPLAT!-HD (Debian's package splat, programs splat-hd and
# srtm2sdf-hd): one transmitter, 20 km, the same terrain of one arc-second. Prints the
# points each gives per second of CPU time, and the ratio.
#
#   docs/measure/splat.sh [DIR]        DIR: where to work; it keeps terrain and results
#
# A point of SPLAT! is a terrain sample within the radius, one of covgap a hex with its
# centre within it. The time is user and system time of the whole command, outputs
# included; for covgap also that of one sweep more, from a project with eleven masts.
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$(mkdir -p "${1:-$(mktemp -d)}" && cd "${1:-$(mktemp -d)}" && pwd)
for tool in splat-hd srtm2sdf-hd; do
	command -v $tool >/dev/null || { echo "$tool is missing: apt-get install splat" >&2; exit 6; }
done
go build -o "$dir/covgap" ./cmd/covgap
[ -d "$dir/one" ] || go run ./docs/measure/province -stations 1 "$dir/one"
# Ten masts more, 100 m apart.
rm -rf "$dir/eleven" && cp -r "$dir/one" "$dir/eleven"
awk -F, -v OFS=, 'NR==1 {for (i=1; i<=NF; i++) at[$i]=i; print; next}
	{for (k=0; k<11; k++) {row=$0; $at["site_id"]="M" k; $at["sector_id"]="M" k "-" NR; $at["longitude"]=sprintf("%.6f", $at["longitude"]+(k>0)*0.001); print}}' \
	"$dir/one/sites.csv" >"$dir/eleven/sites.csv"

# cpu COMMAND… prints its user and system time in seconds.
cpu() {
	local times
	times=$( { TIMEFORMAT='%U %S'; time "$@" >"$dir/last.log" 2>&1; } 2>&1 ) || { tail "$dir/last.log" >&2; exit 1; }
	awk '{print $1 + $2}' <<<"$times"
}

cd "$dir"
IFS=, read -r lon lat height mhz < <(awk -F, 'NR==1 {for (i=1; i<=NF; i++) at[$i]=i} NR==2 {print $at["longitude"] "," $at["latitude"] "," $at["antenna_height_m"] "," $at["frequency_mhz"]}' one/sites.csv)

mkdir -p sdf
for tile in one/terrain/*.hgt; do
	name=$(basename "$tile" .hgt)
	[ -e "sdf/$name.done" ] || (cd sdf && srtm2sdf-hd "../$tile" >/dev/null && touch "$name.done")
done
# SPLAT! counts longitudes westward, heights without a unit in feet.
{ echo mast; echo "$lat"; awk "BEGIN {print 360 - $lon}"; echo "$height m"; } >mast.qth
# Dielectric constant, conductivity, refractivity, MHz, climate, polarization, situations, time.
printf '15.0\n0.005\n301.0\n%s\n5\n1\n0.5\n0.5\n' "$mhz" >mast.lrp
splat=$(cpu splat-hd -t mast.qth -L 1.5 -R 20 -metric -d sdf/ -N -o mast.ppm)
samples=$(awk "BEGIN {pi = 3.14159265; d = 111195 / 3600; print int(pi * 20000^2 / (d * d * cos($lat * pi / 180)))}")

for p in one eleven; do rm -rf "$p/.covgap" "$p/out"; done
whole=$(cpu ./covgap coverage -q --jobs 1 -p one)
more=$(cpu ./covgap coverage -q --jobs 1 -p eleven)
hexes=$(grep -o '"path_losses": *[0-9]*' one/out/run.json | grep -o '[0-9]*$')

awk -v s="$splat" -v n="$samples" -v w="$whole" -v m="$more" -v h="$hexes" 'BEGIN {
	one = (m - w) / 10
	printf "SPLAT!-HD, ITM:            %9d points in %6.2f CPU-s: %8.0f points/s\n", n, s, n / s
	printf "covgap, P.1812, a sweep:   %9d points in %6.2f CPU-s: %8.0f points/s, %5.1f times as many\n", h, one, h / one, h / one / (n / s)
	printf "covgap, everything:        %9d points in %6.2f CPU-s\n", h, w
}'
