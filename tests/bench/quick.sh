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

"$pvbench" sound --quick --json "$work/sound.json" > "$work/sound.txt" 2> "$work/sound.err" ||
	fail "pvbench sound: $(cat "$work/sound.err")"
holds "$work/sound.json" '.writes | map(.frames) == [32, 256, 2048]'
holds "$work/sound.json" '[.writes[] | .eventfd, .memcpy, .pvmedia] | all(.count == 10 and
	.median_us > 0 and .min_us <= .median_us and .median_us <= .p99_us and .p99_us <= .max_us)'
holds "$work/sound.json" '.writes | all(.pvmedia.min_us > .memcpy.min_us)'
holds "$work/sound.json" '.pvsndd_cpu_ms_per_s > 0'
# A burst that came back was at least 1 ms in the device, and at most all that can be on the way.
holds "$work/sound.json" '.loops | map(.buffer_frames) == [4096, 384]'
holds "$work/sound.json" '.loops | all(.bursts == 2 and .lost == 0 and .min_ms > 1 and
	.min_ms <= .median_ms and .median_ms <= .max_ms and
	.max_ms < (.buffer_frames + 2 * .period_frames) / 48)'
grep -q 'ms a second of sound' "$work/sound.txt" || fail "no table of sound"
# What does not come back is told, and is a miss.
"$pvbench" sound --loop null null --bursts 2 --json "$work/null.json" > "$work/null.txt" ||
	fail "pvbench sound --loop"
holds "$work/null.json" '.writes == [] and (.loops | length == 1 and all(.bursts == 0 and .lost == 2
	and (.met | not) and .period_frames == 256 and .buffer_frames == 1024))'

"$pvbench" engine --quick --json "$work/engine.json" --plot "$work/engine.svg" > "$work/engine.txt" 2> "$work/engine.err" ||
	fail "pvbench engine: $(cat "$work/engine.err")"
holds "$work/engine.json" '.ways | length == 3 and all((.points | map(.streams)) == [0, 1, 2, 4] and
	all(.points[]; .percent > 0))'
# The first stream is judged as all others are.
holds "$work/engine.json" '.ways | all(.first_met == (.first_percent <= .limit_percent) and
	.stream_met == (.stream_percent <= .limit_percent) and
	.line_met == (.worst_percent <= .points[-1].percent / 10))'
for way in 'untouched' '44.1 to 48 kHz' '48 to 44.1 kHz'; do
	grep -q "\(PASS\|MISS\)  $way: the first stream" "$work/engine.txt" || fail "$way: its first stream is not judged"
done
grep -q '</svg>' "$work/engine.svg" || fail "the engine's plot is not whole"
"$pvbench" model --quick --json "$work/model.json" --plot "$work/model.svg" > "$work/model.txt" 2> "$work/model.err" ||
	fail "pvbench model: $(cat "$work/model.err")"
holds "$work/model.json" '[.direct, .ring] | all(.steps == 2000 and (.b_steps | add) == 2000 and
	(.changes | add) == 1999 and (.counted_dropouts | length) == 21 and
	.m >= 1 and .epsilon_percent.mean >= 0 and .epsilon_percent.mean < 100 and .u_percent.mean > 0)'
# A deeper buffer never drops more often, whether predicted or counted.
holds "$work/model.json" '[.direct, .ring][] | .predicted_dropouts, .counted_dropouts |
	. as $all | [range(1; 20)] | all($all[.] >= $all[. + 1])'
holds "$work/model.json" '.simulation.worst_deviation < 6'
grep -q 'thesis' "$work/model.txt" || fail "no table of the model"
grep -q '</svg>' "$work/model.svg" || fail "the model's plot is not whole"

# Nothing stays behind.
[ -z "$(find "$work" -maxdepth 1 -name 'pvbench.*')" ] || fail "a temporary directory was left"

refuses 2 'cannot measure' "$pvbench" telephone
refuses 2 '--seconds takes' "$pvbench" model --seconds 0
refuses 2 'takes two PCMs' "$pvbench" sound --loop null
refuses 2 'go with --loop' "$pvbench" sound --rate 8000
refuses 1 'Unknown PCM' "$pvbench" sound --loop no-such-pcm null
refuses 2 '--sizes' "$pvbench" camera --sizes 3
refuses 1 'set TMPDIR' env TMPDIR="$work/none" "$pvbench" camera --quick
