# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The harness of the mount tests, sourced by each script of this folder.
#
#   start [-o OPTIONS]       mount a fresh aspacefs at $M (its work folder is $T)
#   stop                     unmount it; the daemon must end well
#   ctl WHERE LINE...        write LINE... to a ctl, read the replies: $reply; false when refused
#   does WHERE LINE WANT     ctl, and compare; then check_ok.  WANT is the reply ("ok", a number, a
#                            pattern after "~"), or the name of the errno that must come
#   says WHERE LINE WANT     does without check_ok
#   check_ok                 the root command check says ok
#   expect_eq WHAT GOT WANT  expect_like WHAT TEXT ERE   expect_errno NAME CMD...   expect_ok CMD...
#   resident, relax, tighten, room, ram, overcommit: see "memory pressure"
#   done_testing             last line of a script: prints the count, exits 0 or 1
#
# WHERE is a pid, "root", or a path.  The daemon is $ASPACEFS, else the one of
# the build folder.  Exit 77 (skip) without /dev/fuse; with CI=true that is a
# failure.  A daemon lives LIMIT seconds at most: a hang cannot stop the run.

set -u
export LC_ALL=C
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the scripts
PROGRAMS=$HERE/../programs
ASPACEFS=${ASPACEFS-}
if [ -z "$ASPACEFS" ]; then
	ASPACEFS=$HERE/../../build/aspacefs
	[ -x "$ASPACEFS" ] || ASPACEFS=$HERE/../../build/src/fs/aspacefs
fi
LIMIT=${LIMIT:-170}
TEST=$(basename "$0" .sh)
T=$(mktemp -d "${TMPDIR:-/tmp}/aspacefs-$TEST.XXXXXX")
M=$T/mnt
mkdir "$T/tmp"
export TMPDIR=$T/tmp	# where the daemon has its private folder
# The form of paging the tests run in: PAE is empty or 1.  Mounts of start and start_at have it.
# $N is the letter of a page without execution; form TWO PAE prints the one that holds.
PAE=${ASPACEFS_TEST_PAE:+1}
N=${PAE:+N}
# shellcheck disable=SC2034 # for the scripts
N=${N:--}
form() { if [ -n "$PAE" ]; then printf %s "$2"; else printf %s "$1"; fi; }
daemons=()	# pids of "timeout", each around one daemon
passed=0
failed=0
reply=

# Memory pressure: PRESSURE is empty or a size.  Every machine has so much RAM, whatever its script
# asks for, of which little may be used, and swap; see "memory pressure" below.
PRESSURE=${ASPACEFS_TEST_PRESSURE-}
declare -A tight before_tests	# of each pressed machine
reclaimed=0	# pages, by the machines that were stopped

# ---- what is counted ----

pass() { passed=$((passed + 1)); }

# fail WHAT [GOT WANT]: with the line of the script that asked.
fail()
{
	local depth=1
	while [ "${BASH_SOURCE[depth]-}" = "${BASH_SOURCE[0]}" ]; do depth=$((depth + 1)); done
	failed=$((failed + 1))
	printf 'FAIL %s:%s: %s\n' "$TEST" "${BASH_LINENO[depth - 1]-?}" "$1"
	[ $# -lt 3 ] || printf '     got    %s\n     wanted %s\n' "$2" "$3"
	[ $failed -lt 200 ] || done_testing
}

skip() { printf 'SKIP %s: %s\n' "$TEST" "$1"; exit 77; }

done_testing()
{
	[ -z "$PRESSURE" ] || [ $failed != 0 ] || [ $reclaimed -gt 0 ] || fail "nothing was reclaimed under pressure"
	printf '%s: %s passed, %s failed\n' "$TEST" $passed $failed
	[ $failed = 0 ] && [ $passed -gt 0 ]
	exit
}

expect_eq() { if [ "$2" = "$3" ]; then pass; else fail "$1" "$2" "$3"; fi; }

expect_like() { if [[ $2 =~ $3 ]]; then pass; else fail "$1" "$2" "like $3"; fi; }

expect_unlike() { if [[ $2 =~ $3 ]]; then fail "$1" "$2" "not like $3"; else pass; fi; }

expect_ok()
{
	local said
	if said=$(timeout 60 "$@" 2>&1 >/dev/null); then pass; else fail "$*" "status $?: $said" "success"; fi
}

declare -A errno_words=(
	[EPERM]='Operation not permitted' [ENOENT]='No such file or directory'
	[ESRCH]='No such process' [EINTR]='Interrupted system call' [EIO]='Input/output error'
	[ENXIO]='No such device or address' [E2BIG]='Argument list too long'
	[ENOEXEC]='Exec format error' [EBADF]='Bad file descriptor' [ECHILD]='No child processes'
	[EAGAIN]='Resource temporarily unavailable' [ENOMEM]='Cannot allocate memory'
	[EACCES]='Permission denied' [EFAULT]='Bad address' [EBUSY]='Device or resource busy'
	[EEXIST]='File exists' [EXDEV]='Invalid cross-device link' [ENODEV]='No such device'
	[ENOTDIR]='Not a directory' [EISDIR]='Is a directory' [EINVAL]='Invalid argument'
	[EFBIG]='File too large' [ENOSPC]='No space left on device'
	[EROFS]='Read-only file system' [ERANGE]='Numerical result out of range'
	[ENOTEMPTY]='Directory not empty' [ENOTCONN]='Transport endpoint is not connected'
	[ELOOP]='Too many levels of symbolic links' [ENAMETOOLONG]='File name too long'
	[ESTALE]='Stale file handle' [EUCLEAN]='Structure needs cleaning'
	[EOPNOTSUPP]='Operation not supported' [ENOTTY]='Inappropriate ioctl for device'
	[ELIBBAD]='Accessing a corrupted shared library'
	[ETXTBSY]='Text file busy' [EMFILE]='Too many open files'
	[EOVERFLOW]='Value too large for defined data type'
	[EHWPOISON]='Memory page has hardware error'
)

# errno_of TEXT: the name of the errno a message ends with.
errno_of()
{
	local name found='' length=0
	for name in "${!errno_words[@]}"; do
		case $1 in
		*"${errno_words[$name]}"*)
			[ ${#errno_words[$name]} -le "$length" ] || { found=$name; length=${#errno_words[$name]}; }
			;;
		esac
	done
	echo "${found:-${1:-nothing}}"
}

# expect_errno NAME[|NAME...] CMD...: CMD fails and says so.
expect_errno()
{
	local want=$1 said name
	shift
	if said=$(timeout 60 "$@" 2>&1 >/dev/null); then
		fail "$*" "success" "$want"
		return
	fi
	name=$(errno_of "$said")
	case "|$want|" in *"|$name|"*) pass ;; *) fail "$*" "$name" "$want" ;; esac
}

# ---- mount and unmount ----

cleanup()
{
	local mount pid
	while read -r _ mount _; do
		fusermount3 -u "$mount" 2>/dev/null || fusermount3 -u -z "$mount" 2>/dev/null
	done < <(grep " $T/" /proc/self/mounts)
	for pid in "${daemons[@]}"; do
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf --one-file-system "$T"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

[ -x "$ASPACEFS" ] || skip "no daemon at $ASPACEFS"
if ! { : <>/dev/fuse; } 2>/dev/null; then
	if [ "${CI-}" = true ]; then fail "/dev/fuse is missing"; done_testing; fi
	skip "/dev/fuse is missing"
fi

# What a daemon says goes here.
log_of() { printf '%s/log.%s' "$T" "${1//\//.}"; }

is_mounted() { grep -q " $1 fuse" /proc/self/mounts; }

# start_at FOLDER OPTION...: mounts there; the pid of "timeout" is $daemon.
start_at()
{
	local folder=$1 tries=0
	shift
	mkdir -p "$folder"
	timeout -k 5 "$LIMIT" "$ASPACEFS" -f ${PAE:+-o pae} "$@" ${PRESSURE:+-o "mem=$PRESSURE"} "$folder" >"$(log_of "$folder")" 2>&1 &
	daemon=$!
	daemons+=("$daemon")
	until is_mounted "$folder" && [ -e "$folder/ctl" ]; do
		tries=$((tries + 1))
		if [ $tries -gt 400 ] || ! kill -0 "$daemon" 2>/dev/null; then
			fail "aspacefs -f $* $folder does not answer: $(cat "$(log_of "$folder")")"
			done_testing
		fi
		sleep 0.02
	done
	[ -z "$PRESSURE" ] || press "$folder"
}

start() { start_at "$M" "$@"; }

# stop_at FOLDER PID: unmounts; the daemon ends with status 0 and in silence.
stop_at()
{
	local status
	tally "$1"
	expect_ok fusermount3 -u "$1"
	wait "$2"
	status=$?
	expect_eq "exit status of the daemon" "$status" 0
	expect_eq "what the daemon said" "$(cat "$(log_of "$1")")" ""
}

stop() { stop_at "$M" "$daemon"; }

# ---- ctl ----

path_of()
{
	case $1 in
	root) path=$M/ctl ;;
	*/*) path=$1 ;;
	*[!0-9]* | '') fail "ctl of '$1'"; path=/nonexistent/ctl ;;
	*) path=$M/$1/ctl ;;
	esac
}

# ctl WHERE LINE...: one write a line, through one open file; $reply holds what the last one said.
ctl()
{
	local path fd line status=0
	path_of "$1"
	shift
	reply=
	ctl_error=
	if ! { exec {fd}<>"$path"; } 2>"$T/error"; then
		ctl_error=$(errno_of "$(cat "$T/error")")
		return 2
	fi
	for line; do
		if [ ${#line} -lt 1000 ]; then
			printf '%s\n' "$line" 1>&"$fd" 2>"$T/error" || status=1
		else	# the shell would cut it into small writes
			printf '%s\n' "$line" >"$T/line"
			cat "$T/line" 1>&"$fd" 2>"$T/error" || status=1
		fi
	done
	[ $status = 0 ] || ctl_error=$(errno_of "$(cat "$T/error")")
	IFS= read -r -d '' reply <&"$fd"
	exec {fd}>&-
	reply=${reply%$'\n'}
	return $status
}

# get WHERE LINE: the reply on stdout, for $(...).
get() { ctl "$@"; printf '%s\n' "$reply"; }

check_ok()
{
	squeeze
	ctl root check
	[ "$reply" = ok ] || fail "check" "$reply" ok
}

# says WHERE LINE WANT: does without the check, for what has to be looked at before it.
says()
{
	local want=$3
	ctl "$1" "$2"
	local got=$reply error=$ctl_error
	case $want in
	E[A-Z0-9]*)
		expect_like "$1: $2 (errno of the write)" "${error:-success}" "^($want)\$"
		expect_like "$1: $2 (reply)" "$got" "^($want): [a-z_0-9]+: .+"
		;;
	'~'*) expect_like "$1: $2" "$got" "^(${want#\~})$" ;;
	*) expect_eq "$1: $2" "$got" "$want" ;;
	esac
}

does()
{
	local got
	says "$@"
	got=$reply
	check_ok
	reply=$got
}

# ---- memory pressure ----
#
# A pressed machine is always below its low marks: each allocation wakes kswapd, which runs at the
# next tick, and after a sixth of its RAM requests reclaim themselves.  Before each check_ok, so
# after each does, all that can be taken is taken.  What a script looks at must hold all the same;
# what it says of pages in RAM it says of a process after resident.

# press FOLDER: swap, and most of the machine's RAM may not be used.
press()
{
	local swap=$1/files/.swap
	head -c 16M /dev/zero >"$swap"
	PATH=$PATH:/usr/sbin:/sbin mkswap -U a5bacef5-0000-4000-8000-000000000000 "$swap" >/dev/null 2>&1 || skip "mkswap is missing"
	echo 'swapon .swap' >"$1/ctl" || fail "swapon: $(cat "$1/ctl")"
	tight[$1]=$(($(sed -n 's/^MemFree: *\([0-9]*\).*/\1/p' "$1/meminfo") * 5 / 6))
	keep_free "${tight[$1]}" "$1"
	before_tests[$1]=$(stolen "$1")
}

# keep_free KB [FOLDER]
keep_free() { echo "$1" >"${2-$M}/sys/vm/min_free_kbytes"; }

# stolen FOLDER: how many pages were reclaimed so far.
stolen() { awk '/^pgsteal_(kswapd|direct) / { n += $2 } END { print n }' "$1/vmstat"; }

# tally FOLDER: what its machine, which is about to be stopped, has reclaimed.
tally()
{
	[ -n "${before_tests[$1]-}" ] || return 0
	reclaimed=$((reclaimed + $(stolen "$1") - before_tests[$1]))
	unset "tight[$1]" "before_tests[$1]"
}

# squeeze: a request that finds nothing free reclaims, in vain, and wakes kswapd for the next tick.
# Nobody is killed for norepeat.
squeeze()
{
	[ -n "${tight[$M]-}" ] || return 0
	keep_free 1000000
	{ echo 'alloc_pages 0 kernel,norepeat' >"$M/ctl"; } 2>/dev/null && fail "RAM is free while none may be used"
	keep_free "${tight[$M]}"
}

# resident PID ADDR LEN [r|w]: under pressure, back into RAM, where it stays until the next does.
resident()
{
	[ -n "${tight[$M]-}" ] || return 0
	keep_free 1
	ctl "$1" "touch $2 $3 ${4-r}"
	keep_free "${tight[$M]}"
	[ -z "$ctl_error" ] || fail "resident $*" "$reply" "a number"
}

# relax, tighten: in between the machine has room, for what counts frames, events or ticks.
relax()
{
	[ -n "${tight[$M]-}" ] || return 0
	relaxed=${tight[$M]}
	unset "tight[$M]"
	keep_free 1
}

tighten()
{
	[ -n "$PRESSURE" ] || return 0
	tight[$M]=$relaxed
	keep_free "$relaxed"
}

# ram SIZE: the bytes of RAM of a machine whose script asked for SIZE; zones: their names there.
ram() { numfmt --from=iec "${PRESSURE:-$1}"; }
zones() { awk '{ print $4 }' "$M/buddyinfo" | xargs; }

# overcommit: a script promises more than a pressed machine has and will not ask for all of it.
overcommit() { [ -z "$PRESSURE" ] || echo 1 >"$M/sys/vm/overcommit_memory"; }

# room PLENTY SHORT: prints the one that holds.
room() { if [ -z "$PRESSURE" ]; then printf %s "$1"; else printf %s "$2"; fi; }

# ---- looking at files of a process ----

# region PID ADDRESS: the line of maps that starts there (8 digits).
region() { grep "^$2-" "$M/$1/maps"; }

# entry PID ADDRESS [COLUMN]: the line of pagetable for that page, or one column of it.
entry() { awk -v a="$2" -v c="${3:-0}" '$1 == a { print $c }' "$M/$1/pagetable"; }

# at ADDRESS: how its line of pagetable begins, up to the frame.
at()
{
	local page=$((0x$1 >> 12))
	if [ -n "$PAE" ]; then
		printf '%s   %d.%03d %03d  ' "$1" $((page >> 18)) $((page >> 9 & 511)) $((page & 511))
	else
		printf '%s   %03d %03d%.*s ' "$1" $((page >> 10)) $((page & 1023)) $(((page & 1023) < 1000)) ' '
	fi
}

# bytes PID ADDRESS COUNT: as text.
bytes() { dd if="$M/$1/mem" bs=1 skip=$(($2)) count="$3" status=none; }

# poke PID ADDRESS TEXT
poke() { printf %s "$3" | dd of="$M/$1/mem" bs=1 seek=$(($2)) conv=notrunc status=none; }

# field FILE NAME: the number behind "NAME:" in meminfo, status and the like.
field() { awk -v n="$2:" '$1 == n { print $2 }' "$M/$1"; }

# spawn: a fresh process running init; its pid is $pid.
spawn()
{
	ctl root spawn
	pid=$reply
	expect_like "spawn" "$pid" '^[0-9]+$'
}

# fdio FILE FLAGS STEP...: system calls on one open file, see fdio.py.
fdio() { "$PYTHON" "$HERE/fdio.py" "$@"; }

# fdio_says WANT FILE FLAGS STEP...: its lines joined by " | ".
fdio_says()
{
	local want=$1 got
	shift
	got=$(fdio "$@" 2>&1 | paste -sd'|' | sed 's/|/ | /g')
	expect_eq "fdio ${*#"$M/"}" "$got" "$want"
}

need() { command -v "$1" >/dev/null || skip "$1 is missing"; }

PYTHON=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null) || skip "python3 is missing"
