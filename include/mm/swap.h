/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swapping: areas, slots, and the swap cache.  ULK ch. 17, "Swapping".
 *
 * An area is a file below files/ that mkswap(8) wrote; it has a slot for each of its pages.  A
 * swapped-out page-table entry, and a slot of a shared memory object's page tree, holds a
 * swp_entry_t.  The swap cache is the page that holds the same bytes as a slot, if there is
 * one: PG_swapcache, page->private is the entry, and the cache holds one reference.
 */
#pragma once

#include "mm/gfp.h"
#include "mm/list.h"
#include "mm/page.h"

struct machine;
struct mm_struct;
struct vm_area_struct;
struct file;
struct address_space;
struct check;

/* A slot of an area; 0 is none, since slot 0 of an area is its header. */
typedef struct {
	u32 val;
} swp_entry_t;

#define SWP_TYPE_BITS 5 /* which area */
#define SWP_OFFSET_BITS 24 /* which slot: an area has at most 64 GiB */

/*
 * today: the last type is no area.  Its entry is a marker in place of a page that is lost, since
 * its slot could not be read: an access is SIGBUS.
 */
#define MAX_SWAPFILES 31u
#define SWP_PTE_MARKER MAX_SWAPFILES
#define PTE_MARKER_POISONED 2u

static inline swp_entry_t swp_entry(u32 type, u32 offset)
{
	return (swp_entry_t){ offset << SWP_TYPE_BITS | type };
}

static inline u32 swp_type(swp_entry_t e)
{
	return e.val & ((1u << SWP_TYPE_BITS) - 1);
}

static inline u32 swp_offset(swp_entry_t e)
{
	return e.val >> SWP_TYPE_BITS;
}

static inline swp_entry_t make_poisoned_swp_entry(void)
{
	return swp_entry(SWP_PTE_MARKER, PTE_MARKER_POISONED);
}

static inline bool is_poisoned_swp_entry(swp_entry_t e)
{
	return swp_type(e) == SWP_PTE_MARKER;
}

/* ---- areas ---- */

#define SWP_WRITEOK 1u /* pages may go out to it: it is in the list of areas */

struct swap_info_struct {
	struct list_head list; /* in swap_state.areas */
	KPTR(struct file) swap_file;
	u32 type, flags; /* SWP_* */
	s32 prio;
	u32 max; /* slots, the header's included */
	u32 pages; /* slots that can hold a page */
	u32 inuse_pages; /* of these, not free */
	u32 swap_map; /* linear address: a struct swap_slot for each slot */
	u32 lowest_bit, highest_bit; /* free slots lie between, both included */
	u32 cluster_next, cluster_nr; /* the next slot; how many more go into this cluster */
	u32 read_errors, write_errors; /* transfers that the host could not do */
};

/* What was read ahead of demand, and did it help? */
struct swap_readahead {
	u32 hits; /* pages read ahead that were wanted, since the last read */
	u32 prev; /* slot of a read before it */
	u32 last; /* pages of the last read */
};

/* All of it, in struct kernel_data. */
struct swap_state {
	KPTR(struct swap_info_struct) info[MAX_SWAPFILES]; /* by type; NULL: free */
	struct list_head areas; /* those with SWP_WRITEOK, highest priority first */
	s32 nr_free; /* slots of all of these */
	u32 total;
	s32 least_priority; /* what the next area without a priority goes below */
	struct swap_readahead ra;
};

void swap_init(struct machine *m); /* at boot */

/* Why an area is refused. */
#define SWAP_REFUSALS(X)                                               \
	X(SWAP_REFUSED_NOT, "")                                        \
	X(SWAP_NO_FILE, "not a file of the disk")                      \
	X(SWAP_BUSY, "it is in use already")                           \
	X(SWAP_TOO_MANY, "31 areas are in use")                        \
	X(SWAP_UNREADABLE, "the host cannot read it")                  \
	X(SWAP_NO_SIGNATURE, "no swap signature: mkswap(8) makes one") \
	X(SWAP_WRONG_VERSION, "not version 1 of the format")           \
	X(SWAP_EMPTY, "the header says that it has no pages")          \
	X(SWAP_TOO_SHORT, "the file is shorter than its header says")  \
	X(SWAP_BAD_PAGES, "a file cannot have bad pages")              \
	X(SWAP_HOLES, "the file has holes: write it, or fallocate(1)") \
	X(SWAP_NO_MEMORY, "no memory is left")                         \
	X(SWAP_NOT_IN_USE, "it is not in use")                         \
	X(SWAP_PROMISED, "more memory is promised than there would be without it")

enum swap_refusal {
#define X(id, words) id,
	SWAP_REFUSALS(X)
#undef X
		NR_SWAP_REFUSALS
};

extern const char *const swap_refusal_words[NR_SWAP_REFUSALS];

#define SWAP_RW_MAX 32u /* pages of one transfer */
#define SWAP_PRIO_MAX 32767

/*
 * swapon(2).  @file is open for reading and writing, the area takes its own reference;
 * @prio 0 to SWAP_PRIO_MAX, or -1: below all others.
 * 0; -EINVAL (no file of the disk, no good header, holes), -EBUSY (in use), -EPERM (too many),
 * -ENOMEM, -EIO; then *ret_why.
 */
int sys_swapon(struct machine *m, struct file *file, s32 prio, enum swap_refusal *ret_why);

/*
 * swapoff(2): bring all back that is in the area of @file; what cannot be read is lost, and there
 * are markers in its place.  0; -EINVAL: none is; -ENOMEM: it is in use as before, with what is
 * not back yet.
 */
int sys_swapoff(struct machine *m, const struct file *file, enum swap_refusal *ret_why);

void swap_validate(struct machine *m, struct check *c);

/* ---- swapping a page out: what reclaim calls ---- */

/*
 * Give anonymous @page a slot and put it into the swap cache (one more reference); it is dirty
 * then, since the slot does not hold its bytes yet.  Allocates nothing.
 * 0, or -ENOSPC: no slot is free.  => not in the swap cache
 */
int add_to_swap(struct page *page);

/*
 * The same for @page of a shared memory object: the object's page tree then holds the entry
 * instead, the tree's reference becomes the swap cache's.  0 or -ENOSPC.
 * => nobody maps it
 */
int shmem_move_to_swap(struct page *page);

/*
 * Write @page of the swap cache to its slot; it is clean then, and so are those of the slots
 * beside it that are dirty and unmapped: they go in the same transfer.  So: unmap many, then write.
 * 0, or -EIO and it stays dirty.  => an entry holds the slot, or one maps the page
 */
int swap_writepage(struct page *page);

/*
 * Take @page out of the swap cache and drop the cache's reference; the slot goes when no entry
 * holds it.
 */
void delete_from_swap_cache(struct page *page);

/* The same for reclaim, which remembers when it took the page. */
void reclaim_from_swap_cache(struct page *page);

/*
 * The slot of @page is needed by nobody but the swap cache: take the page out of it, dirty.
 * True: done.  ULK remove_exclusive_swap_page.
 */
bool try_to_free_swap(struct page *page);

/* @page lost an entry: if that was the last one and it needs no slot, the same. */
void free_swap_cache(struct page *page);

/* ---- entries ---- */

/* One more entry holds the slot.  0, or -EINVAL: there is no such slot in use. */
int swap_duplicate(struct machine *m, swp_entry_t entry);

/* One entry less holds it; the last one frees it, unless the swap cache holds it. */
void swap_free(struct machine *m, swp_entry_t entry);

/* The same; with the last one the swap cache gives it up as well, unless its page is mapped. */
void free_swap_and_cache(struct machine *m, swp_entry_t entry);

/* Entries that hold the slot, the swap cache not counted; 0: none, or no such slot. */
u32 swap_count(const struct machine *m, swp_entry_t entry);

/* The page of the swap cache, without a new reference, or NULL. */
struct page *lookup_swap_cache(const struct machine *m, swp_entry_t entry);

/* ---- swapping in ---- */

/*
 * Place @index of a shared memory object's tree holds an entry: put the page there again.  0 with
 * a reference; -ENOMEM (no frame of @gfp); -EIO: the page is lost, a marker is there from now on
 * (today).  *ret_major: it was read.
 */
int shmem_swapin(struct address_space *mapping, pgoff_t index, gfp_t gfp, struct page **ret,
		 bool *ret_major);

/* What the place holds: a slot, or the marker of a lost page.  => is_swapped_out() */
swp_entry_t shmem_entry(const struct address_space *mapping, pgoff_t index);

/* Its bytes into @buf, a page; nothing changes.  0 or -EIO. */
int shmem_peek(const struct address_space *mapping, pgoff_t index, void *buf);

/* The same place, but nobody wants the page any more: free the slot. */
void shmem_free_swap(struct address_space *mapping, pgoff_t index);

/* How many of @pages places from @first on hold a slot. */
u32 shmem_swapped(const struct address_space *mapping, pgoff_t first, u32 pages);

/* Bring in all pages of area @type that shared memory objects have there.  0 or -ENOMEM. */
int shmem_unuse(struct machine *m, u32 type);

/*
 * madvise(2) MADV_WILLNEED: read what the slot holds, or what of [@start, @end) is swapped out,
 * into the swap cache, as far as that can be had.  False: no more can be had.
 */
bool swapin_entry(struct machine *m, swp_entry_t entry);
void swapin_range(struct vm_area_struct *vma, u32 start, u32 end);

/* The bytes of the slot into @buf, a page; nothing changes.  0 or -EIO. */
int swap_peek(const struct machine *m, swp_entry_t entry, void *buf);

/* Free slots of all areas; all slots.  Pages. */
s32 get_nr_swap_pages(const struct machine *m);
u32 total_swap_pages(const struct machine *m);

/* More than half of all slots are in use: those who could do without give theirs back. */
bool vm_swap_full(const struct machine *m);
