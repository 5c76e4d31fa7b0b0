#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every errno of every command: each one that help names must come from a line of the table,
# and nothing else comes with it.
#
#   ERRNO | COMMAND | what is done before, separated by ;
#
# Each line has a process of its own, with these regions, and ends with its death and a check.
# A command of the root's ctl has "root" before it, one of process 1's "1".
#
#   0x50000000 64K rw- private   0x51000000 16K r-x of data    0x52000000 16K rw- shared, data
#   0x53000000 16K --- private   0x54000000 16K rw- shared     0x55000000 16K r-- shared, data:ro

. "$(dirname "$0")/lib.sh"

# Held by other tests: what a host must do for it, or what no command line can do.
elsewhere='sync:EIO sync:ENOSPC check:EUCLEAN setrlimit:EINVAL
	__get_dma_pages:ENOMEM get_zeroed_page:EINVAL clone:ENOMEM vfork:ENOMEM
	madvise:ETXTBSY madvise:EHWPOISON swapon:EBUSY swapon:EPERM swapon:EIO swapon:ENOMEM
	swapoff:ENOMEM mlock:EAGAIN mlock2:EAGAIN msync:EIO
	msync:ENOSPC'

table='
# mmap(2)
EBADF | mmap 0 4K r-- private
EBADF | mmap 0 4K r-- private fd:7
ENOENT | mmap 0 4K r-- private nothere
ENOENT | mmap 0 4K r-- private ""
ENOTDIR | mmap 0 4K r-- private data/x
ELOOP | mmap 0 4K r-- private loop
ENAMETOOLONG | mmap 0 4K r-- private LONG
ENODEV | mmap 0 4K r-- private folder
EACCES | mmap 0 4K r-- private secret
EACCES | mmap 0 4K r-- private data:wo
EACCES | mmap 0 4K rw- shared data:ro
EACCES | mmap 0 4K rw- shared readonly
EACCES | mmap 0 4K rw- shared_validate data:ro
ETXTBSY | mmap 0 4K rw- private init:rw
EOPNOTSUPP | mmap 0 4K rw- 0x80003 data
EOPNOTSUPP | mmap 0x60000000 4K rw- shared_validate,fixed_noreplace data
EINVAL | mmap 0 0 rw- private,anonymous
EINVAL | mmap 0 4K rw- anonymous
EINVAL | mmap 0 4K rw- private,shared,anonymous
EINVAL | mmap 0 4K rw- shared_validate,anonymous
EINVAL | mmap 0x60000001 4K rw- private,anonymous,fixed
EINVAL | mmap 0x60000001 4K rw- private,anonymous,fixed_noreplace
EINVAL | mmap 0 4K r-- private data 100
EINVAL | mmap 0 4K rw- shared,growsdown,anonymous
EINVAL | mmap 0 4K r-- private,growsdown data
EINVAL | mmap 0 4K r-- 0x40001 data
EOVERFLOW | mmap 0 8K r-- private data 0xffffffff000
EOVERFLOW | mmap 0 4K r-- private data 16384G
EINVAL | mmap 0 4K r-- private data 32768G
ENOMEM | mmap 0 0xc0000001 rw- private,anonymous,noreserve
ENOMEM | mmap 0xbffff000 8K rw- private,anonymous,fixed
ENOMEM | mmap 0 2G rw- private,anonymous,noreserve
ENOMEM | mmap 0 2M rw- 0x40022
ENOMEM | mmap 0 64K rw- private,anonymous | setrlimit as 64K
ENOMEM | mmap 0 64K rw- private,anonymous | setrlimit data 64K
EPERM | mmap 0 4K rw- private,anonymous,fixed
EPERM | mmap 0xf000 4K rw- private,anonymous,fixed
EPERM | mmap 0 4K rw- private,anonymous,locked | setrlimit memlock 0
EEXIST | mmap 0x50000000 4K rw- private,anonymous,fixed_noreplace
EEXIST | mmap 0x5000f000 8K rw- private,anonymous,fixed,fixed_noreplace
EAGAIN | mmap 0 64K rw- private,anonymous,locked | setrlimit memlock 4K
EAGAIN | mmap 0 64K rw- private,anonymous | setrlimit memlock 4K; mlockall future
# munmap(2)
EINVAL | munmap 0x50000001 4K
EINVAL | munmap 0x50000000 0
EINVAL | munmap 0xc0001000 4K
EINVAL | munmap 0xbffff000 8K
ENOMEM | munmap 0x50001000 4K | MAXMAPS
# mprotect(2)
EINVAL | mprotect 0x50000001 4K r--
EINVAL | mprotect 0x50000000 4K 0x10
EINVAL | mprotect 0x50000000 4K 0x01000001
EINVAL | mprotect 0x50000000 4K 0x03000001
EACCES | mprotect 0x55000000 4K rw-
ENOMEM | mprotect 0x60000000 4K r--
ENOMEM | mprotect 0x5000f000 8K r--
ENOMEM | mprotect 0x51000000 16K rw- | setrlimit data 4K
ENOMEM | mprotect 0x50001000 4K r-- | MAXMAPS
# brk(2)
ENOMEM | sbrk 2G
ENOMEM | sbrk 64K | setrlimit data 4K
ENOMEM | sbrk 64K | setrlimit as 64K
ENOMEM | sbrk 64K | mmap 0x0804f000 4K r-- private,anonymous,fixed
# mremap(2)
EINVAL | mremap 0x50000000 4K 8K 8
EINVAL | mremap 0x50000000 4K 8K fixed 0x60000000
EINVAL | mremap 0x50000000 4K 4K dontunmap
EINVAL | mremap 0x50000000 4K 8K maymove,dontunmap
EINVAL | mremap 0x50000001 4K 8K
EINVAL | mremap 0x50000000 4K 0
EINVAL | mremap 0x50000000 4K 0xc0001000 maymove
EINVAL | mremap 0x50000000 8K 8K maymove,fixed 0x50001000
EINVAL | mremap 0x50000000 8K 8K maymove,fixed 0x60000001
EINVAL | mremap 0x50000000 8K 8K maymove,fixed 0xbffff000
EINVAL | mremap 0x50000000 0 8K maymove
EFAULT | mremap 0x60000000 4K 8K
EFAULT | mremap 0x5000f000 8K 16K maymove
ENOMEM | mremap 0x50000000 4K 8K
ENOMEM | mremap 0x54000000 0 8K
ENOMEM | mremap 0x50000000 64K 1M maymove | setrlimit as 1M
ENOMEM | mremap 0x50000000 64K 2G maymove
ENOMEM | mremap 0x50001000 4K 4K maymove,fixed 0x60000000 | MAXMAPS
EAGAIN | mremap 0x50000000 64K 128K maymove | mlock 0x50000000 64K; setrlimit memlock 64K
EPERM | mremap 0x50000000 4K 4K maymove,fixed 0
# madvise(2)
EINVAL | madvise 0x50000001 4K normal
EINVAL | madvise 0x50000000 4K 99
EINVAL | madvise 0x50000000 64K dontneed | mlock 0x50000000 4K
EINVAL | madvise 0x50000000 64K free | mlock 0x50000000 4K
EINVAL | madvise 0x50000000 64K cold | mlock 0x50000000 4K
EINVAL | madvise 0x50000000 64K pageout | mlock 0x50000000 4K
EINVAL | madvise 0x51000000 4K free
EINVAL | madvise 0x54000000 4K free
EINVAL | madvise 0x50000000 4K remove
EINVAL | madvise 0x52000000 4K remove | mlock 0x52000000 4K
EINVAL | madvise 0x51000000 4K wipeonfork
EINVAL | madvise 0x53000000 4K populate_read
EINVAL | madvise 0x51000000 4K populate_write
ENOMEM | madvise 0x60000000 4K normal
ENOMEM | madvise 0x5000f000 8K dontneed
ENOMEM | madvise 0x5000f000 8K populate_read
EACCES | madvise 0x51000000 4K remove
EACCES | madvise 0x55000000 4K remove
EFAULT | madvise 0x51000000 16K populate_read
EAGAIN | madvise 0x50001000 4K dontfork | MAXMAPS
# mlock(2), mlock2, munlock, mlockall
ENOMEM | mlock 0x60000000 4K
ENOMEM | mlock 0x5000f000 8K
ENOMEM | mlock 0x53000000 4K
ENOMEM | mlock 0x51000000 16K
ENOMEM | mlock 0x50000000 64K | setrlimit memlock 4K
ENOMEM | mlock 0x50001000 4K | MAXMAPS
EPERM | mlock 0x50000000 4K | setrlimit memlock 0
EINVAL | mlock2 0x50000000 4K 2
ENOMEM | mlock2 0x60000000 4K onfault
ENOMEM | mlock2 0x50000000 64K onfault | setrlimit memlock 4K
EPERM | mlock2 0x50000000 4K onfault | setrlimit memlock 0
ENOMEM | munlock 0x60000000 4K
ENOMEM | munlock 0x5000f000 8K
EINVAL | mlockall 0
EINVAL | mlockall onfault
EINVAL | mlockall 8
ENOMEM | mlockall current | setrlimit memlock 4K
EPERM | mlockall current | setrlimit memlock 0
# mincore(2), msync(2), remap_file_pages(2)
EINVAL | mincore 0x50000001 4K
ENOMEM | mincore 0x60000000 4K
ENOMEM | mincore 0x5000f000 8K
ENOMEM | mincore 0xbffff000 8K
EINVAL | msync 0x52000001 4K sync
EINVAL | msync 0x52000000 4K 8
EINVAL | msync 0x52000000 4K async,sync
EBUSY | msync 0x52000000 4K invalidate | mlock 0x52000000 4K
ENOMEM | msync 0x60000000 4K sync
ENOMEM | msync 0x5000f000 8K async
EINVAL | remap_file_pages 0x50000000 4K 0 0
EINVAL | remap_file_pages 0x52000000 4K r-- 0
EINVAL | remap_file_pages 0x52000000 0 0 0
EINVAL | remap_file_pages 0x60000000 4K 0 0
EINVAL | remap_file_pages 0x52003000 8K 0 0
EINVAL | remap_file_pages 0x52000000 8K 0 0xffffffff
ENOMEM | remap_file_pages 0x52001000 4K 0 3 | MAXMAPS
# shmget(2), shmat(2), shmdt(2), shmctl(2)
ENOENT | shmget 0x77 4K
EEXIST | shmget 0x4711 4K creat,excl
EINVAL | shmget 0 0
EINVAL | shmget 0x78 0 creat
EINVAL | shmget 0x4711 1M
EINVAL | shmget 0 8K | shmmax=4096
EACCES | shmget 0x4712 4K 0600
ENOSPC | shmget 0 4K | shmmni=0
ENOSPC | shmget 0 8K | shmall=1
ENOMEM | shmget 0 3G
EINVAL | shmat 12345 0
EINVAL | shmat SHM 0x50000001
EINVAL | shmat SHM 0x50000000
EINVAL | shmat SHM 0 remap
EACCES | shmat UNREADABLE 0
EACCES | shmat READABLE 0
EACCES | shmat SHM 0 exec
EPERM | shmat SHM 1 rnd
ENOMEM | shmat SHM 0xbffff000 | munmap 0xbffdf000 132K
ENOMEM | shmat SHM 0 | setrlimit as 64K
EINVAL | shmdt 0x50000000
EINVAL | shmdt 0x60000001
EINVAL | shmctl 12345 rmid
EINVAL | shmctl 12345 stat
EPERM | shmctl SHM lock | setrlimit memlock 0
ENOMEM | shmctl SHM lock | setrlimit memlock 4K
EACCES | shmctl UNREADABLE stat
# open(2), close(2)
ENOENT | open nothere
EACCES | open secret rw
EACCES | open readonly rw
ENODEV | open folder
ETXTBSY | open init wo
EMFILE | open data | FILES
EBADF | close 3
EBADF | close 0xffffffff
# fork(2), vfork(2), clone(2), kill(2), wait(2)
EAGAIN | fork | PIDS
EAGAIN | vfork | PIDS
EAGAIN | clone vm | PIDS
ENOMEM | fork | mmap 0x60000000 HALF rw- private,anonymous,fixed; overcommit_memory=2; overcommit_ratio=70
EINVAL | clone 0x10000
EINVAL | kill 65
EINVAL | kill nosuch
ECHILD | wait
ECHILD | wait 1
EBUSY | brk 0 | vfork
EBUSY | exit | vfork
# execve(2)
ENOENT | exec nothere
ENOENT | exec ""
ENOTDIR | exec init/x
ELOOP | exec loop
ENAMETOOLONG | exec LONG
EACCES | exec folder
EACCES | exec data
EACCES | exec secret
ETXTBSY | exec program | open program rw
ENOEXEC | exec script
ENOEXEC | exec empty
E2BIG | exec init BIGARG
EBADF | exec fd:9
EINVAL | exec overlap
ELIBBAD | exec badinterp
EFAULT | exec tail
ENOMEM | exec high
EIO | exec shortinterp
ENOMEM | exec init | setrlimit as 4K
# exit, onfault
EPERM | 1 exit
EPERM | 1 onfault die
# The processor
EFAULT | load 0x60000000
EFAULT | load 0xc0000000
EACCES | load 0x53000000
EIO | load 0x51003000
EFAULT | store 0x60000000 1
EACCES | store 0x51000000 1
EIO | store 0x52003000 1
EFAULT | fetch 0x60000000
EACCES | fetch 0x53000000
EIO | fetch 0x51003000
EFAULT | touch 0x5000f000 8K w
EACCES | touch 0x53000000 4K
EIO | touch 0x51000000 16K r
EFAULT | push 1 | regs esp=0x60000000
EACCES | push 1 | regs esp=0x53001000
EIO | push 1 | regs esp=0x52004000
EFAULT | pop | regs esp=0x60000000
EACCES | pop | regs esp=0x53000000
EIO | pop | regs esp=0x51003000
EFAULT | push 1 | setrlimit stack 132K; regs esp=0xbffdf000
EINVAL | regs nosuch=1
EINVAL | regs esp=0x100000000
EINVAL | regs cs=0x10000
EFAULT | kload 0x60000000
EFAULT | kload 0xf0000000
EFAULT | kload 0x50000000 atomic
EINVAL | kload 0x50000000 3
EFAULT | kstore 0x60000000 1
EPERM | kstore 0xc0000000 1
EINVAL | kstore 0x50000000 0x1ff 1
EFAULT | copy_from_user 0x60000000 4
EFAULT | copy_from_user 0xbffffff0 32
EINVAL | copy_from_user 0x50000000 16385
EFAULT | copy_to_user 0x51000000 00
EINVAL | copy_to_user 0x50000000 0
EINVAL | copy_to_user 0x50000000 xy
EINVAL | find_vma_intersection 0x2000 0x1000
EINVAL | get_unmapped_area 0
ENOMEM | get_unmapped_area 0xc0001000
EINVAL | load 0x50000000 3
EINVAL | load
EINVAL | load 1 2 3 4
EINVAL | help nosuch
EINVAL | nosuch
# The machine
ENOENT | root spawn nothere
EACCES | root spawn data
ETXTBSY | root spawn program | open program rw
ENOEXEC | root spawn script
ELIBBAD | root spawn badinterp
EAGAIN | root spawn | PIDS
EINVAL | root alloc_pages 11
EINVAL | root __get_free_pages 0 highuser
EINVAL | root __get_dma_pages 11
EINVAL | root __free_pages 1 0
EINVAL | root free_pages 0xc0000000 0
EINVAL | root kmalloc 0
EINVAL | root kmalloc 200000
EINVAL | root kfree 0xc0000000
EINVAL | root kmem_cache_create toolongforthenameofacache 8
EINVAL | root kmem_cache_create c 0
EINVAL | root kmem_cache_create c 8 3
EEXIST | root kmem_cache_create vm_area_struct 8
EINVAL | root kmem_cache_alloc nosuch
EINVAL | root kmem_cache_free vm_area_struct 0xc0000000
EINVAL | root kmem_cache_shrink nosuch
EINVAL | root kmem_cache_destroy nosuch
EINVAL | root kmem_cache_destroy vm_area_struct
EBUSY | root kmem_cache_destroy mine | root kmem_cache_create mine 8; root kmem_cache_alloc mine
EINVAL | root vmalloc 0
EINVAL | root vmalloc_32 0
EINVAL | root vfree 0xf8800000
EINVAL | root vmap 0xffffff
EINVAL | root vunmap 0xf8800000
EINVAL | root kthread toolongforathread
EINVAL | root kthread ""
EAGAIN | root kthread worker | PIDS
EINVAL | root swapon data
ENOENT | root swapon nothere
EACCES | root swapon readonly
EISDIR | root swapon folder
ETXTBSY | root swapon init
EINVAL | root swapoff data
ENOENT | root swapoff nothere
EACCES | root swapoff readonly
EISDIR | root swapoff folder
ETXTBSY | root swapoff init
ESRCH | root schedule 4000000
EINVAL | root schedule 1 99
EINVAL | root help nosuch
'

# When no frame is left, on a machine that has only process 1.
empty_table='
ENOMEM | 1 load 0x08048000
ENOMEM | 1 store 0x0804d000 1
ENOMEM | 1 fetch 0x08048000
ENOMEM | 1 touch 0x0804d000 4K w
ENOMEM | 1 push 1 | regs esp=0xbffe8000
ENOMEM | 1 pop | regs esp=0x08048000
ENOMEM | 1 open data
ENOMEM | 1 vfork
ENOMEM | root spawn
ENOMEM | root alloc_pages 0
ENOMEM | root __get_free_pages 0
ENOMEM | root get_zeroed_page
ENOMEM | root kmalloc 100000
ENOMEM | root kmem_cache_create late 8
ENOMEM | root kmem_cache_alloc filled
ENOMEM | root vmalloc 1M
ENOMEM | root vmalloc_32 1M
ENOMEM | root vmap 0x100
ENOMEM | root kthread worker
'

F=$M/files
long=$(printf 'x%.0s' $(seq 4200))
big=$(printf 'x%.0s' $(seq 131073))
declare -A seen

# An ELF file for i386 with one segment at ADDRESS of SIZE bytes, or with an interpreter.
elf()
{
	"$PYTHON" - "$@" <<-'END'
	import struct, sys
	name, kind, *rest = sys.argv[1:]
	phdrs = b''
	def ph(type, off, va, filesz, memsz, flags):
	    return struct.pack('<8I', type, off, va, va, filesz, memsz, flags, 4096)
	if kind == 'at':
	    phdrs = ph(1, 0, int(rest[0], 0), 4096, 4096, 5)
	elif kind == 'overlap':
	    phdrs = ph(1, 0, 0x08048000, 8192, 4096, 5)
	elif kind == 'tail':
	    phdrs = ph(1, 0, 0x08048000, 512, 512, 5) + ph(1, 0x8000, 0x0804a000, 512, 768, 6)
	elif kind == 'interp':
	    phdrs = ph(3, 0x200, 0, len(rest[0]) + 1, 0, 4) + ph(1, 0, 0x08048000, 4096, 4096, 5)
	n = len(phdrs) // 32
	head = b'\x7fELF\1\1\1' + bytes(9) + struct.pack('<HHIIIIIHHHHHH', 2, 3, 1, 0x08048054, 52, 0, 0, 52, 32, n, 0, 0, 0)
	body = (head + phdrs).ljust(0x200, b'\0') + (rest[0].encode() if kind == 'interp' else b'')
	open(name, 'wb').write(body.ljust(8192, b'\0'))
	END
	chmod 755 "$1"
}

make_files()
{
	head -c 12288 /dev/zero >"$F/data"
	mkdir "$F/folder"
	ln -s loop "$F/loop"
	echo secret >"$F/secret"; chmod 000 "$F/secret"
	cp "$F/data" "$F/readonly"; chmod 444 "$F/readonly"
	cp "$F/init" "$F/program"; chmod 755 "$F/program"
	echo 'echo hi' >"$F/script"; chmod 755 "$F/script"
	: >"$F/empty"; chmod 755 "$F/empty"
	elf "$F/high" at 0xc0000000
	elf "$F/overlap" overlap
	cp "$F/data" "$F/zeros"; chmod 755 "$F/zeros"
	elf "$F/tail" tail
	elf "$F/badinterp" interp /zeros
	elf "$F/shortinterp" interp /script
}

make_process()
{
	spawn
	ctl "$pid" 'mmap 0x50000000 64K rw- private,anonymous,fixed' \
		'mmap 0x51000000 16K r-x private,fixed data' 'mmap 0x52000000 16K rw- shared,fixed data' \
		'mmap 0x53000000 16K --- private,anonymous,fixed' \
		'mmap 0x54000000 16K rw- shared,anonymous,fixed' 'mmap 0x55000000 16K r-- shared,fixed data:ro'
	[ "$reply" = 0x55000000 ] || fail "a process with regions" "$reply" 0x55000000
}

undo=()
tunable()
{
	local file
	file=$(echo "$M"/sys/*/"${1%%=*}")
	undo+=("$(cat "$file") $file")
	echo "${1#*=}" >"$file"
}

# prepare STEP...: commands of the process; NAME=VALUE is a tunable; some have names.
prepare()
{
	local step i
	for step; do
		case $step in
		MAXMAPS) tunable max_map_count=$(($(wc -l <"$M/$pid/maps") - 1)) ;;
		FILES) for i in $(seq 253); do echo 'open data ro'; done | cat >"$M/$pid/ctl" ;;
		PIDS)
			tunable pid_max=301
			ctl "$pid" fork && children=$reply
			for i in $(seq 301); do echo fork; done 2>/dev/null | cat >"$M/$children/ctl" 2>/dev/null
			;;
		'') ;;
		root\ *) ctl root "${step#root }" ;;
		*=*' '* | *' '*=* | [a-z]*' '* | vfork)
			ctl "$pid" "$step"
			[ -z "$ctl_error" ] || fail "before: $step" "$reply" "no error"
			;;
		*=*) tunable "$step" ;;
		*) fail "no such step: $step" ;;
		esac
	done
}

end_process()
{
	local child value file
	for child in $(awk '$1 == "PPid:" && $2 > 1 { print FILENAME }' "$M"/[0-9]*/status 2>/dev/null); do
		child=${child%/status}
		ctl "${child##*/}" exit
	done
	ctl "$pid" exit
	for value in "${undo[@]}"; do
		file=${value#* }
		echo "${value%% *}" >"$file"
	done
	undo=()
}

# try ERRNO COMMAND: the write and the reply say so.
try()
{
	local where=$pid line=$2 word
	case $line in
	root\ *) where=root line=${line#root } ;;
	1\ *) where=1 line=${line#1 } ;;
	esac
	word=${line%% *}
	line=${line//LONG/$long}
	line=${line//BIGARG/$big}
	line=${line//UNREADABLE/$unreadable}
	line=${line//READABLE/$readable}
	line=${line//SHM/$shm}
	ctl "$where" "$line"
	expect_eq "$2" "${ctl_error:-success ${reply:0:80}}" "$1"
	expect_like "$2 (reply)" "${reply:0:200}" "^$1: $word: .+"
	seen[$word:$1]=1
}

run_table()
{
	local errno line before steps
	while IFS='|' read -r errno line before; do
		case $errno in '' | \#*) continue ;; esac
		errno=${errno// /}
		line=${line# }
		before=${before//HALF/$half}
		line=${line% }
		if [ "$2" = process ]; then make_process; else pid=1; fi
		IFS=';' read -r -a steps <<<"$before"
		for i in "${!steps[@]}"; do steps[i]=${steps[i]# }; steps[i]=${steps[i]% }; done
		prepare "${steps[@]}"
		try "$errno" "$line"
		[ "$2" != process ] || end_process
		check_ok
	done <<<"$1"
}

start -o mem=512M
half=$(room 300M 20M)	# more than half of what can be promised
[ "$(id -u)" != 0 ] || ctl root check
make_files
does 1 'shmget 0x4711 8K creat,0600' '~[0-9]+'
shm=$reply
does 1 'shmget 0x4712 8K creat,0400' '~[0-9]+'
readable=$reply
does 1 'shmget 0x4713 8K creat,0000' '~[0-9]+'
unreadable=$reply
free=$(field meminfo MemFree)
run_table "$table" process
expect_eq "nothing is lost" $(($(field meminfo MemFree) - free > -256)) 1

# Is every errno that help names among them?
missing()
{
	local where=$1 word errno
	ctl "$where" help
	for word in $(awk 'NR > 1 { print $1 }' <<<"$reply"); do
		ctl "$where" "help $word"
		for errno in $(sed -nE 's/^\t(E[A-Z0-9]+) .*/\1/p' <<<"$reply"); do
			[ -n "${seen[$word:$errno]-}" ] || case " ${elsewhere//[$'\n\t']/ } " in
			*" $word:$errno "*) ;;
			*) printf '%s:%s ' "$word" "$errno" ;;
			esac
		done
	done
}
stop

PRESSURE='' start -o mem=16M	# nothing is to be had, not even by swapping
head -c 12288 /dev/zero >"$F/data"
ctl root "kmem_cache_create filled 4096"
for order in 10 9 8 7 6 5 4 3 2 1 0; do
	yes "alloc_pages $order kernel" | head -n 3000 | cat >"$M/ctl" 2>/dev/null
	while ctl root "alloc_pages $order kernel"; do :; done
done
i=0
while ctl root "kmem_cache_create late$((i++)) 8"; do :; done
while ctl root "kthread worker"; do :; done
while ctl root "kmem_cache_alloc filled"; do :; done
run_table "$empty_table" no_process
expect_eq "errnos of processes that no line provokes" "$(missing 1)" ""
expect_eq "errnos of the machine that no line provokes" "$(missing root)" ""
done_testing
