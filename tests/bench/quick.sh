#!/bin/sh
# SPDX-License-Identifier: MIT
# pvbench runs, its JSON and SVG can be read, and every frame that it asked for arrived. How fast is
# not asked here: machines that run tests are busy.
# shellcheck source=tests/e2e/lib.sh
. "${top_srcdir:-.}/tests/e2e/lib.sh"

pvbench=$top_builddir/tests/bench/pvbench
TMPDIR=$work
export TMPDIR

# holds FILE CONDITION: a jq expression that must be true of the whole file.
holds() {
	jq -e "$2" "$1" > /dev/null || fail "$1: not true: $2; it is: $(cat "$1")"
}

"$pvbench" camera --quick --sizes 64x32,320x240 --rate 100 --json "$work/camera.json" \
	--plot "$work/camera.svg" > "$work/camera.txt" 2> "$work/camera.err" ||
	fail "pvbench camera: $(cat "$work/camera.err")"
holds "$work/camera.json" '.points | map(.bytes) == [4096, 153600]'
holds "$work/camera.json" '[.points[] | .paced, .["back-to-back"] | to_entries[] | .key] | unique
	== ["memcpy", "pages", "pvmedia", "vchan"]'
holds "$work/camera.json" '[.points[] | .paced, .["back-to-back"] | .[]] | length == 16 and
	all(.count == 4 and .min_us > 0 and .min_us <= .median_us and .median_us <= .p99_us)'
holds "$work/camera.json" '.event_trip.count == 200 and .event_trip.min_us > 0 and
	.bare_trip.count == 200 and .bare_trip.min_us > 0'
holds "$work/camera.json" '.targets | map(.name) == ["event-trip"]'
grep -q 'pvmedia' "$work/camera.txt" || fail "no table"
grep -q '</svg>' "$work/camera.svg" || fail "the plot is not whole"

"$pvbench" camera --sustain 1 --guests 2 --size 64x32 --json "$work/sustain.json" \
	> "$work/sustain.txt" || fail "pvbench camera --sustain"
holds "$work/sustain.json" '.guests | length == 2 and all(.frames > 0)'
# Each frame offered was delivered or dropped for a reason.
holds "$work/sustain.json" '[.guests[], .all] | all(.offered >= .frames + ([.dropped[]] | add) and
	.offered <= .frames + ([.dropped[]] | add) + 8)'

# Nothing stays behind.
[ -z "$(find "$work" -maxdepth 1 -name 'pvbench.*')" ] || fail "a temporary directory was left"

refuses 2 'cannot measure' "$pvbench" telephone
refuses 2 '--sizes' "$pvbench" camera --sizes 3
refuses 1 'set TMPDIR' env TMPDIR="$work/none" "$pvbench" camera --quick
