# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What scripts/run and scripts/test share: finding and installing Debian
# packages, configuring and building.  Sourced, with the repository's root as
# the current directory.

build_packages=(
	gcc libc6-dev meson ninja-build pkg-config
	libfuse3-dev fuse3 libglib2.0-dev check bsdextrautils
)
test_packages=(
	gcc-multilib python3 gdb valgrind clang-format qemu-system-x86 binutils sqlite3 git make
)

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		printf '%s: not root, and there is no sudo: cannot run: %s\n' "${0##*/}" "$*" >&2
		return 1
	fi
}

# quietly COMMAND...: its output is shown only when it fails.
quietly()
{
	local log
	log=$("$@" 2>&1) || { say "$log"; return 1; }
}

# is_installed PACKAGE
is_installed()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | head -n 1)" = installed ]
}

# install_missing PACKAGE...: silent when nothing is missing.
install_missing()
{
	local package missing=()
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		say "This is no Debian: make sure that these are installed: $*"
		return 0
	fi
	for package; do
		is_installed "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	say "Installing ${missing[*]}"
	quietly as_root apt-get -q update || return 1
	quietly as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q install -y --no-install-recommends "${missing[@]}"
}

# configure DIR [MESON OPTION...]: an existing DIR keeps its options.
configure()
{
	local dir=$1
	shift
	[ -f "$dir/build.ninja" ] && return 0
	rm -rf "$dir"
	say "Configuring $dir"
	quietly meson setup "$@" "$dir"
}

# build DIR [TARGET...]: speaks only when something is wrong.
build()
{
	local dir=$1
	shift
	say "Building $dir"
	quietly ninja -C "$dir" "$@"
}

# The kernel's FUSE device, usable by this user.
have_fuse()
{
	[ -e /dev/fuse ] || as_root modprobe fuse >/dev/null 2>&1
	[ -r /dev/fuse ] && [ -w /dev/fuse ] && (: <>/dev/fuse) 2>/dev/null
}
