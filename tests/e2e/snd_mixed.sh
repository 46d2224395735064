#!/bin/sh
# SPDX-License-Identifier: MIT
# snd_eight.sh, with all guests on one device, and ordinary processes that keep all processors busy.
# shellcheck disable=SC2034 # for snd_eight.sh
mixed=1
# shellcheck source=tests/e2e/snd_eight.sh
. "${top_srcdir:-.}/tests/e2e/snd_eight.sh"
