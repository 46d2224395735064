# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What an administrator does after `make install`, for tests/xen/service: before dom0's systemd starts. And a guest in
# /etc/xen/auto, with both devices.
systemd-sysusers
systemctl enable pvcamd pvsndd pvctl-watch
. /lab/lib.sh
guest_config auto "pvcam = [[ 'unique-id=test' ]]" \
	"pvsnd = [[ 'CARD, short-name=Main, frontend=user', 'PCM', 'STREAM, unique-id=test, type=P', 'STREAM, unique-id=test, type=C' ]]"
mkdir -p /etc/xen/auto
cp /run/lab/auto.cfg /etc/xen
ln -s ../auto.cfg /etc/xen/auto
