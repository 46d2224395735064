# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # top_srcdir and others come from lib.sh
# What end-to-end tests of sound share, on top of lib.sh: stock ALSA programs that find the plugins of
# the build.
#
#   skip_without_alsa        skips where alsa-utils is not installed
#   in_guest ID COMMAND…     in_domain for a stock program that loads the plugins
#   own_in_guest ID COMMAND…         the same for one of this build
#   start_in_guest TAG ID COMMAND…   start, likewise
#   attach_card GUEST NAME DEVICE…   a card for user space; DEVICE: a [device] for playback, or
#                            name:C for capture
. "$top_srcdir/tests/e2e/lib.sh"
PATH=$top_builddir/tests/e2e:$PATH

# A sanitised library that a stock program loads needs the sanitizer's runtime before it.
sound_preload=
case ${sanitizers:-no} in
*address*) sound_preload=$(clang -print-file-name="libclang_rt.asan-$(uname -m).so") ;;
esac

skip_without_alsa() {
	command -v aplay > /dev/null || skip "no aplay: install alsa-utils"
	case ${sanitizers:-no} in
	*thread*) skip "stock programs do not run under a preloaded ThreadSanitizer" ;;
	esac
}

sound_env="ALSA_PLUGIN_DIR=$top_builddir/frontend/sound/.libs
ALSA_CONFIG_PATH=/usr/share/alsa/alsa.conf:$top_srcdir/frontend/sound/50-pvsnd.conf"
# A leak check would count what stock programs leave behind.
sound_stock_env="$sound_env ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=$sound_preload"

own_in_guest() {
	in_guest_id=$1
	shift
	# shellcheck disable=SC2086 # one assignment a word
	in_domain "$in_guest_id" env $sound_env "$@"
}

in_guest() {
	in_guest_id=$1
	shift
	# shellcheck disable=SC2086
	in_domain "$in_guest_id" env $sound_stock_env "$@"
}

start_in_guest() {
	start_in_guest_tag=$1 start_in_guest_id=$2
	shift 2
	# shellcheck disable=SC2086
	start "$start_in_guest_tag" "$start_in_guest_id" env $sound_stock_env "$@"
}

attach_card() {
	attach_guest=$1 attach_name=$2
	shift 2
	for attach_device; do
		shift
		case $attach_device in
		*:C) set -- "$@" "STREAM, unique-id=${attach_device%:C}, type=C" ;;
		*) set -- "$@" "STREAM, unique-id=$attach_device, type=P" ;;
		esac
	done
	dom0 pvctl attach "$attach_guest" pvsnd \
		"CARD, short-name=$attach_name, frontend=user, buffer-size=2097152" PCM "$@"
}
