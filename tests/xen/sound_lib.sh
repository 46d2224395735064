# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016 # words for the guest
# Words for the tests of sound. FRONTEND: stock (snd-xen-front, with xl's own vsnd) or user (ALSA's plugin of type pvsnd,
# with pvctl attach). A guest's card has three PCMs, each with playback and capture:
#   0  snd-aloop in dom0: what is played is recorded from hw:Loopback,1,0, what is recorded is played to hw:Loopback,1,1
#   1  snd-aloop in dom0: what is played is captured
#   2  clock, loop = yes
# shellcheck source=tests/xen/lib.sh
. /lab/lib.sh

FRONTEND=${FRONTEND:-stock}
conf=/run/lab/pvsndd.conf
daemon=
tape=

start_pvsndd() {
	pvsndd -v -c "$conf" >> "$OUT/pvsndd.log" 2>&1 &
	daemon=$!
	within 20 pvctl stat > /dev/null
}

stop_pvsndd() { # SIGNAL: sends it, and waits for the end
	kill "-$1" "$daemon"
	wait "$daemon" 2> /dev/null
}

# aloop, the configuration and pvsndd.
sound_begin() {
	# One processor for all: dom0 comes first, and nobody for 30 ms; see pvsndd(8).
	xl sched-credit -d 0 -w 65535 && xl sched-credit -s -t 1 -r 100 || return 1
	[ -e /proc/asound/Loopback ] || modprobe snd-aloop id=Loopback pcm_substreams=8
	cat > "$conf" <<-EOT
		[device aloop]
		type = alsa
		playback = hw:Loopback,0,0
		capture = hw:Loopback,0,1
		gaps = silence
		[device round]
		type = alsa
		playback = hw:Loopback,0,2
		capture = hw:Loopback,1,2
		gaps = silence
		[device clock]
		type = clock
		loop = yes
		gaps = silence
		[guest *]
		playback = *
		capture = *
	EOT
	start_pvsndd
}

rates='5512;8000;11025;16000;22050;32000;44100;48000;64000;88200;96000;176400;192000'
formats='s8;u8;s16_le;s16_be;u16_le;u16_be;s24_le;s24_be;u24_le;u24_be;s32_le;s32_be;u32_le;u32_be;f32_le;f32_be;f64_le;f64_be'
# The card, as xl's words.
vsnd_items=("CARD, short-name=Main, sample-formats=$formats, sample-rates=$rates, channels-max=6, buffer-size=1048576")
user_items=('CARD, short-name=Main, frontend=user, buffer-size=1048576')
for name in aloop round clock; do
	pcm_items=("PCM, name=$name" "STREAM, unique-id=$name, type=P" "STREAM, unique-id=$name, type=C")
	vsnd_items+=("${pcm_items[@]}")
	user_items+=("${pcm_items[@]}")
done

vsnd_list() { # as a domain's config has it
	local items
	items=$(printf '"%s", ' "${vsnd_items[@]}")
	echo "vsnd = [ [ ${items%, } ] ]"
}

attach_user() { # GUEST
	pvctl attach "$1" pvsnd "${user_items[@]}"
}

# pcm NUMBER: the guest's name of it.
pcm() {
	if [ "$FRONTEND" = user ]; then echo "pvsnd:CARD=Main,DEV=$1"; else echo "hw:0,$1"; fi
}

# Waits until the guest's card is there.
has_card() { # GUEST
	if [ "$FRONTEND" = user ]; then
		within 20 eval "pvctl list $1 | grep -Ec 'InitWait|Connected' | grep -qx 6"
	else
		guest_run "$1" 'modprobe snd-xen-front
			for i in $(seq 150); do aplay -l 2>&1 | grep -q "device 2: clock" && break; sleep 0.1; done; aplay -l; arecord -l' \
			> "$OUT/cards.txt"
		[ "$(grep -c 'device [012]: \(aloop\|round\|clock\)' "$OUT/cards.txt")" = 6 ]
	fi
}

# sound_guest NAME: a new one with the card.
sound_guest() {
	if [ "$FRONTEND" = user ]; then
		guest_create "$1" && attach_user "$1"
	else
		guest_create "$1" "$(vsnd_list)"
	fi && has_card "$1"
}

# guest_noise GUEST: files of noise by number, the same here and in the guest; raw, 1 s of S16_LE, stereo, 48000 Hz.
guest_noise() {
	local make='for i in 1 2 3 9; do perl /lab/wav.pl noise $i.raw $i 192000 || exit 1; done'
	(cd /run/lab && eval "$make" && cp 9.raw tail.raw && head -c 192000 /dev/zero >> tail.raw) && guest_run "$1" "cd /run; $make"
}

usual='-t raw -f S16_LE -c 2 -r 48000'

# tape_begin FILE OPTION…: records what the guest plays on PCM 0. tape_end: ends that.
tape_begin() {
	local file=$1
	shift
	[ -z "$tape" ] || kill -KILL "$tape" 2> /dev/null
	# shellcheck disable=SC2086 # words
	arecord -D hw:Loopback,1,0 ${*:-$usual} "$file" > "$OUT/tape.txt" 2>&1 &
	tape=$!
	within 3 grep -q RUNNING /proc/asound/Loopback/pcm1c/sub0/status
}

tape_end() {
	sleep 0.1
	kill -INT "$tape"
	wait "$tape"
	if grep -q overrun "$OUT/tape.txt"; then cat "$OUT/tape.txt"; return 1; fi
}

inside() { # SENT GOT FRAME_BYTES [gaps]
	perl /lab/wav.pl inside "$@" || { cp "$1" "$OUT/failed.sent"; cp "$2" "$OUT/failed.got"; return 1; }
}

# plays_exactly GUEST NUMBER [OPTION…]: on the tape is what was played, all of it and nothing else.
plays_exactly() {
	local guest=$1 number=$2 status=0
	shift 2
	tape_begin /run/lab/tape.raw || return 1
	guest_run "$guest" "aplay -D $(pcm 0) $usual $* /run/$number.raw 2>&1" > "$OUT/aplay.txt" || status=1
	tape_end || status=1
	cat "$OUT/aplay.txt"
	[ $status = 0 ] && ! grep -q 'underrun' "$OUT/aplay.txt" && inside "/run/lab/$number.raw" /run/lab/tape.raw 4
}

# play_on GUEST [SECONDS]: aplay in the background; it ends by itself after so long.
play_on() {
	guest_run "$1" "(timeout ${2:-20} aplay -D $(pcm 0) $usual /dev/zero > /run/play.txt 2>&1; echo status \$? >> /run/play.txt) \
		< /dev/null > /dev/null 2>&1 & sleep 0.5; ! grep status /run/play.txt" && within 5 streams "$1"
}

streams() { # GUEST: something of it is playing
	pvctl stat --json "$1" | grep -q '"running": true'
}

# Nothing was refused, no event lost.
nothing_amiss() { # GUEST
	pvctl stat --json "$1" > "$OUT/stat.json"
	! grep -E '"(refused|lost_events|overruns|late_frames)": [1-9]' "$OUT/stat.json"
}
