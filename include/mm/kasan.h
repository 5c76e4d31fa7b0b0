/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a build with failure injection and AddressSanitizer: nobody may touch what is free in
 * simulated RAM.  To the sanitizer RAM is one block of the host's; this tells it which frames
 * and slab objects have users.  Linux's is mm/kasan.
 */
#pragma once

#include <string.h>

#if defined(ASPACEFS_FAILURE_INJECTION) && defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define kasan_poison(p, size) __asan_poison_memory_region((p), (size))
#define kasan_unpoison(p, size) __asan_unpoison_memory_region((p), (size))

/* Bytes of RAM as they lie there, free or not. */
__attribute__((no_sanitize_address)) static inline void kasan_copy_raw(void *to, const void *from,
								       size_t bytes)
{
	volatile char *t = to;
	const volatile char *f = from;

	while (bytes--)
		*t++ = *f++;
}
#else
#define kasan_copy_raw(to, from, bytes) memcpy((to), (from), (bytes))
#define kasan_poison(p, size) ((void)(p))
#define kasan_unpoison(p, size) ((void)(p))
#endif
