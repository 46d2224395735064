#!/bin/sh
# SPDX-License-Identifier: MIT
exec "${top_srcdir:-.}/tests/hostile/run" hostile storm_test
