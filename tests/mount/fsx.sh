#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random operations on a file, through files/ and through mappings, are what a plain buffer
# says: with much memory, and with so little that pages come and go.  SEED sets the seed,
# FSX_SECONDS how long.

. "$(dirname "$0")/lib.sh"

seed=${SEED:-$RANDOM}
for mem in 64M 16M; do
	mkdir -p "$T/disk"
	start -o "mem=$mem,files=$T/disk"
	echo 70 >"$M/sys/vm/dirty_writeback_centisecs"
	echo 200 >"$M/sys/vm/dirty_expire_centisecs"
	said=$("$PYTHON" "$HERE/../fsx/fsx.py" "$M" "$T/disk" "${FSX_SECONDS:-6}" "$seed" 2>&1) || fail "$said"
	pass
	cat "$M/files/fsx" >"$T/last"
	stop
	expect_ok cmp "$T/last" "$T/disk/fsx"
done
done_testing
