#!/bin/bash
# Compares covgap with SPLAT!-HD (Debian's package splat, programs splat-hd and
# srtm2sdf-hd): one transmitter, 20 km, the same terrain of one arc-second. Prints the
# points each gives per second of CPU time, and the ratio.
#
#   docs/measure/splat.sh [DIR]        DIR: where to work; it keeps the terrain
#
# A point of SPLAT! is a terrain sample (31 x 29 m) within the radius, one of covgap a hex
# with its centre within it: 131 m apart at resolution 10, 49 m at 11. The time is user and
# system time: of the whole command for SPLAT!, and for covgap that of a project with
# eleven masts less one with a single mast, a tenth of it.
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=${1:-$(mktemp -d)}
mkdir -p "$dir" && dir=$(cd "$dir" && pwd)
for tool in splat-hd srtm2sdf-hd; do
	command -v $tool >/dev/null || { echo "$tool is missing: apt-get install splat" >&2; exit 6; }
done
go build -o "$dir/covgap" ./cmd/covgap
[ -d "$dir/province" ] || go run ./docs/measure/province -stations 1 "$dir/province"
cd "$dir"

# cpu COMMAND… prints its user and system time in seconds.
cpu() {
	local times TIMEFORMAT='%U %S'
	times=$( { time "$@" >last.log 2>&1; } 2>&1 ) || { tail last.log >&2; exit 1; }
	awk '{print $1 + $2}' <<<"$times"
}

IFS=, read -r lon lat height mhz < <(awk -F, 'NR==1 {for (i=1; i<=NF; i++) at[$i]=i}
	NR==2 {print $at["longitude"] "," $at["latitude"] "," $at["antenna_height_m"] "," $at["frequency_mhz"]}' province/sites.csv)

# SPLAT! has longitudes westward, and heights in feet unless a unit is given.
mkdir -p sdf
for tile in province/terrain/*.hgt; do
	name=$(basename "$tile" .hgt)
	[ -e "sdf/$name.done" ] || (cd sdf && srtm2sdf-hd "../$tile" >/dev/null && touch "$name.done")
done
printf '%s\n' mast "$lat" "$(awk "BEGIN {print 360 - $lon}")" "$height m" >mast.qth
# Dielectric constant, conductivity, refractivity, MHz, climate, polarization, situations, time.
printf '%s\n' 15.0 0.005 301.0 "$mhz" 5 1 0.5 0.5 >mast.lrp
splat=$(cpu splat-hd -t mast.qth -L 1.5 -R 20 -metric -d sdf/ -N -o mast.ppm)
awk -v t="$splat" -v lat="$lat" 'BEGIN {
	pi = atan2(0, -1); step = 111195 / 3600; n = pi * 20000^2 / (step * step * cos(lat * pi / 180))
	printf "SPLAT!-HD, ITM:                 %8d points in %6.2f CPU-s: %8.0f points/s\n", n, t, n / t
	print n / t >"splat.rate"
}'

# A project of so many masts 100 m apart, in an area of 2 x 2 km.
project() {
	mkdir -p "$1" && ln -sfn ../province/terrain "$1/terrain"
	printf 'site_id,longitude,latitude,operator,technology,frequency_mhz,antenna_height_m,azimuth_deg,power_dbm\n' >"$1/sites.csv"
	for ((k = 0; k < $2; k++)); do
		awk "BEGIN {printf \"M$k,%.6f,$lat,A,LTE,$mhz,$height,0,43\n\", $lon + 0.001 * $k}" >>"$1/sites.csv"
	done
	awk -v x="$lon" -v y="$lat" 'BEGIN {
		printf "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"code\":\"1\",\"name\":\"A\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[%f,%f],[%f,%f],[%f,%f],[%f,%f],[%f,%f]]]}}]}\n",
			x - .01, y - .01, x + .01, y - .01, x + .01, y + .01, x - .01, y + .01, x - .01, y - .01 }' >"$1/communes.geojson"
	printf '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"1","name":"A","population":100},"geometry":{"type":"Point","coordinates":[%s,%s]}}]}\n' "$lon" "$lat" >"$1/villages.geojson"
	cat >"$1/covgap.yaml" <<-EOF
		version: 1
		name: Comparison
		inputs:
		  sites: {file: sites.csv}
		  villages: {file: villages.geojson}
		  areas: {file: communes.geojson}
		  terrain: {files: [terrain], surface: dsm}
		coverage: {resolution: $3, radius_km: 20}
	EOF
	rm -rf "$1/.covgap" "$1/out"
}
for resolution in 10 11; do
	project one 1 $resolution && project eleven 11 $resolution
	whole=$(cpu ./covgap coverage -q --jobs 1 -p one)
	more=$(cpu ./covgap coverage -q --jobs 1 -p eleven)
	points=$(grep -o '"path_losses": *[0-9]*' one/out/run.json | grep -o '[0-9]*$')
	awk -v r=$resolution -v n="$points" -v w="$whole" -v m="$more" 'BEGIN {
		getline splat <"splat.rate"; t = (m - w) / 10
		printf "covgap, P.1812, resolution %d:  %8d points in %6.2f CPU-s: %8.0f points/s, %.1f times as many (whole command %.2f CPU-s)\n",
			r, n, t, n / t, n / t / splat, w
	}'
done
