#!/bin/sh
# SPDX-License-Identifier: MIT
# What aplay sends is what dom0's WAV holds, and what dom0 plays in is what arecord gets: formats,
# rates, channels, odd lengths, periods and buffers. Many more with PV_LONG=1.
[ -z "${PV_LONG:-}" ] || E2E_SECONDS=3600
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

# FORMAT RATE CHANNELS FRAMES PERIOD PERIODS
some='U8 8000 1 801 32 2
U8 44100 2 4411 64 16
U8 48000 6 9601 1024 2
U8 96000 1 9603 4096 2
S16_LE 8000 2 1777 128 4
S16_LE 44100 6 4801 512 3
S16_LE 48000 1 9999 32 16
S16_LE 96000 2 19201 4096 16
S24_LE 8000 6 803 256 2
S24_LE 44100 1 8821 333 5
S24_LE 48000 2 4803 2048 4
S24_LE 96000 6 9601 1024 8
S32_LE 8000 1 1601 100 7
S32_LE 44100 2 4407 4096 2
S32_LE 48000 6 4801 256 16
S32_LE 96000 1 9601 512 4
FLOAT_LE 8000 2 799 32 16
FLOAT_LE 44100 6 4413 1024 4
FLOAT_LE 48000 1 1 64 8
FLOAT_LE 96000 2 9607 2048 2'
every() {
	for format in U8 S16_LE S24_LE S32_LE FLOAT_LE; do
		for rate in 8000 44100 48000 96000; do
			for channels in 1 2 6; do
				for period in 32 100 512 4096; do
					for periods in 2 3 16; do
						# Less than 20 ms and a busy machine is too slow.
						[ $((period * periods * 50)) -ge $rate ] || continue
						echo $format $rate $channels $((rate / 20 + period + 1)) $period $periods
					done
				done
			done
		done
	done
}
rows=${PV_LONG:+$(every)}
rows=${rows:-$some}

start_xenloop --gntalloc-limit=65536
make_guest g1
# A file to hear for each combination that decides a file's content.
echo "$rows" | awk '!seen[$1, $2, $3]++ { print "in" n++, $0 }' > "$work/inputs"
while read -r name format rate channels frames _; do
	sound_tool make "$work/$name.raw" "$work/$name.wav" "$format" "$rate" "$channels" "$frames"
done < "$work/inputs"
{
	printf '[guest *]\nplayback = *\ncapture = *\n[device out]\ntype = wav\ngaps = silence\nplayback = %s\n' \
		"$work/out.wav"
	while read -r name _; do
		printf '[device %s]\ntype = wav\ncapture = %s\n' "$name" "$work/$name.wav"
	done < "$work/inputs"
} > "$work/devices"
start_pvsndd < "$work/devices"
attach_card g1 Out out > "$work/attached"
# A PCM has at most 8 streams.
sed 's/ .*/:C/' "$work/inputs" | xargs -n 8 > "$work/cards"
card=1
while read -r streams; do
	# shellcheck disable=SC2086
	attach_card g1 In$card $streams < /dev/null >> "$work/attached"
	card=$((card + 1))
done < "$work/cards"

# run TAG COMMAND…: once more when the machine was too slow for so small a buffer: that is told, and
# says nothing about what arrives otherwise.
again=0
run() {
	run_tag=$1
	shift
	for run_time in 1 2 3 4 5; do
		in_guest "$g1" "$@" > "$work/$run_tag.log" 2>&1 ||
			fail "$*: $(tail -n 3 "$work/$run_tag.log")"
		grep -Eq 'underrun|overrun' "$work/$run_tag.log" || return 0
		again=$((again + 1))
	done
	fail "$*: over- or underruns five times in a row"
}

echo "$rows" > "$work/rows"
while read -r format rate channels frames period periods; do
	row="$format $rate $channels $frames $period $periods"
	set -- -q -t raw -f "$format" -r "$rate" -c "$channels" --period-size="$period" \
		--buffer-size=$((period * periods))
	sound_tool make "$work/row.raw" "$work/row.wav" "$format" "$rate" "$channels" "$frames"
	run play aplay -D pvsnd:CARD=Out "$@" "$work/row.raw" < /dev/null
	within 3 sound_tool match "$work/row.raw" "$work/out.wav" "$format" "$rate" "$channels"

	index=$(awk -v want="$format $rate $channels" '$2 " " $3 " " $4 == want { print substr($1, 3) }' \
		"$work/inputs")
	frames=$(awk -v name="in$index" '$1 == name { print $5 }' "$work/inputs")
	run record arecord -D "pvsnd:CARD=In$((index / 8 + 1)),DEV=$((index % 8))" "$@" \
		-s "$frames" "$work/got.raw" < /dev/null
	sound_tool begins "$work/in$index.raw" "$work/got.raw" "$format" || fail "$row: captured otherwise"
done < "$work/rows"
echo "$(wc -l < "$work/rows") combinations; once more for a small buffer: $again"
stop pvsndd || fail "pvsndd ended with $?"
