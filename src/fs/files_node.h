/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the calls on files/ share (files*.c).
 * All calls: => the machine's lock is held; 0 or -errno, unless said otherwise.
 */
#pragma once

#include "disk_node.h"
#include "files.h"

/* ---- files_node.c ---- */

/* NULL: there is none of that number. */
struct disk_node *node_of(const struct aspacefs *fs, u64 ino);

/* May @caller do what @want says (MAY_*)? */
int check_mode(struct aspacefs *fs, const struct caller *caller, struct disk_node *node,
	       unsigned want);

/* Only the owner: EPERM for others. */
int check_owner(struct aspacefs *fs, const struct caller *caller, const struct stat *st);

/* May a name be taken out of @dir?  In a sticky folder only its own owner's. */
int check_remove(struct aspacefs *fs, const struct caller *caller, struct disk_node *dir,
		 const struct stat *victim);

/* In use: nobody writes it, cuts it short, or takes its name away. */
bool is_swap_area(const struct disk_node *node);

/* A folder to make or remove names in.  fd (to be closed) or -errno. */
int open_folder(struct aspacefs *fs, struct disk_node *dir);

/* The same, when @caller may write there. */
int open_folder_to_write(struct aspacefs *fs, const struct caller *caller, u64 ino,
			 struct disk_node **ret);

/* A new file of a daemon that is root belongs to whoever asked for it. */
void give_to_caller(const struct caller *caller, int dir_fd, const char *name);

/* What is there under a name; counts as a look-up. */
int entry_of(struct aspacefs *fs, struct disk_node *dir, const char *name, struct files_entry *ret);

/* ---- files_attr.c ---- */

int truncate_file(struct aspacefs *fs, struct disk_node *node, u64 size);

/* A write or truncation by somebody else than root takes set-user-id away. */
void drop_privileges(const struct caller *caller, struct disk_node *node);
