/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers to the kernel's requests.
 */
#pragma once

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 314
#endif
#include <fuse_lowlevel.h>

extern const struct fuse_lowlevel_ops fuse_ops; /* user data is the struct aspacefs */
