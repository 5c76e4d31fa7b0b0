#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A git repository in files/: what git writes it finds again, packed and unpacked, and so
# does the host.

. "$(dirname "$0")/lib.sh"
need git
mkdir "$T/disk" "$T/home"
export HOME=$T/home GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b \
	GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
start -o "mem=64M,files=$T/disk"
R=$M/files/repo
git_in() { timeout 60 git -C "$R" "$@" 2>&1; }
ok_in() { expect_ok git -C "$R" "$@"; }

expect_ok git init -q -b main "$R"
mkdir "$R/src"
for ((i = 0; i < 60; i++)); do seq $i $((i * 30 + 20)) >"$R/src/file$i"; done
head -c 300000 /dev/urandom >"$R/blob"
ok_in add .
ok_in commit -q -m first
expect_eq "clean" "$(git_in status --porcelain)" ""
for ((i = 1; i <= 8; i++)); do
	echo "change $i" >>"$R/src/file$i"
	rm -f "$R/src/file$((i + 20))"
	expect_eq "status $i" "$(git_in status --porcelain | wc -l)" 2
	git_in add -A
	ok_in commit -q -m "change $i"
done
expect_eq "log" "$(git_in log --oneline | wc -l)" 9
ok_in fsck --full --strict
does root sync ok
expect_eq "clean after the write-back, nothing looks changed" "$(git_in diff-files)" ""
ok_in gc -q --aggressive --prune=now
expect_eq "one pack" "$(find "$R/.git/objects/pack" -name '*.pack' | wc -l)" 1
ok_in fsck --full
echo 3 >"$M/sys/vm/drop_caches"
ok_in fsck --full
check_ok
ok_in checkout -q -b side HEAD~4
echo side >"$R/side"
git_in add side
ok_in commit -q -m side
ok_in checkout -q main
ok_in merge -q -m merged side
expect_eq "clean after the merge" "$(git_in status --porcelain)" ""
expect_ok git clone -q "$R" "$T/clone"
expect_eq "a clone is the same" "$(git -C "$T/clone" rev-parse HEAD 'HEAD^{tree}')" "$(git_in rev-parse HEAD 'HEAD^{tree}')"
expect_ok git clone -q "$T/clone" "$M/files/back"
expect_eq "and back" "$(git -C "$M/files/back" status --porcelain)" ""
expect_eq "bytes" "$(cksum <"$M/files/back/blob")" "$(cksum <"$R/blob")"
ok_in stash list
ok_in reset -q --hard HEAD~2
ok_in fsck --full
check_ok
head=$(git_in rev-parse HEAD)
stop
expect_ok git -C "$T/disk/repo" fsck --full
expect_eq "on the host" "$(git -C "$T/disk/repo" rev-parse HEAD)" "$head"
expect_eq "clean there" "$(git -C "$T/disk/repo" status --porcelain)" ""
done_testing
