#!/bin/bash
# Holds "the same bytes" against a whole project: a run undisturbed, then after
# kills (SIGKILL) at random moments, then ten times with 1, 2 and 4 workers, cold and
# warm. Prints what differs, and exits with 1 when anything does.
#
#   docs/measure/kill.sh PROJECT [KILLS [COMMAND]]   PROJECT is copied; KILLS is 10 and COMMAND run unless given
#
# The test TestKilled does the same with a small project.
set -euo pipefail
project=$(cd "$1" && pwd)
kills=${2:-10}
command=${3:-run}
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/covgap" ./cmd/covgap
mkdir "$dir/p"
for f in "$project"/*; do
	[ "$(basename "$f")" = out ] || ln -s "$f" "$dir/p/"
done
cd "$dir"

digest() { (cd p/out && sha256sum $(ls | grep -v "^timings.json$") | sort -k2); }
same() {
	digest >now.sum
	if diff undisturbed.sum now.sum; then echo "$1: the same bytes"; else echo "$1: DIFFERENT" && exit 1; fi
}

began=$EPOCHREALTIME
./covgap "$command" -q -p p >/dev/null
seconds=$(awk "BEGIN {print $EPOCHREALTIME - $began}")
digest >undisturbed.sum

rm -rf p/.covgap p/out
for ((i = 0; i < kills; i++)); do
	./covgap "$command" -q -p p >/dev/null &
	pid=$!
	sleep "$(awk -v s="$seconds" -v r=$RANDOM 'BEGIN {print s * r / 32768}')"
	kill -9 $pid 2>/dev/null || true
	wait $pid 2>/dev/null || true
	echo "killed with $(find p/.covgap -name '*.entry' | wc -l) entries in the store, $(find p/.covgap -name 'unfinished-*' | wc -l) unfinished, $(ls p/out 2>/dev/null | wc -l) files in out"
done
./covgap "$command" -q -p p >/dev/null
same "after $kills kills"
left=$(find p/.covgap -name 'unfinished-*' | wc -l)
if ((left > 0)); then echo "$left unfinished files left" && exit 1; fi

for ((i = 0; i < 10; i++)); do
	jobs=$((1 << i % 3))
	if ((i % 2)); then rm -rf p/.covgap; fi
	./covgap "$command" -q -p p --jobs $jobs >/dev/null
	same "repeat $((i + 1)), --jobs $jobs, $( ((i % 2)) && echo cold || echo warm)"
done
