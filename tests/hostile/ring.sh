#!/bin/sh
# SPDX-License-Identifier: MIT
exec "${top_srcdir:-.}/tests/hostile/run" hostile ring_test
