#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every command of ctl with words it does not expect, see bad_input.py.
# SEED and ROUNDS may be given in the environment.

. "$(dirname "$0")/lib.sh"
start -o mem=64M
if said=$(timeout "$LIMIT" "$PYTHON" "$HERE/bad_input.py" "$M" "${SEED:-1}" "${ROUNDS:-40}" 2>&1); then
	pass
else
	fail "bad input: $said"
fi
head -n 1 <<<"$said"
for pid in $(cd "$M" && echo [0-9]*); do
	[ "$pid" = 1 ] || ctl "$pid" exit
done
check_ok
expect_ok cat "$M/1/maps"
stop
done_testing
