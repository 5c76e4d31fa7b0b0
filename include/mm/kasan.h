/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a build with failure injection and AddressSanitizer: nobody may touch what is free in
 * simulated RAM.  To the sanitizer RAM is one block of the host's; this tells it which frames
 * and slab objects have users.  Linux's is mm/kasan.
 */
#pragma once

#if defined(ASPACEFS_FAILURE_INJECTION) && defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define kasan_poison(p, size) __asan_poison_memory_region((p), (size))
#define kasan_unpoison(p, size) __asan_unpoison_memory_region((p), (size))
#else
#define kasan_poison(p, size) ((void)(p))
#define kasan_unpoison(p, size) ((void)(p))
#endif
