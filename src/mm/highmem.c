/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel mappings of high-memory page frames.  ULK ch. 8, section of that name.
 *
 * Permanent mappings are entries of one page table at PKMAP_BASE.  pkmap_count says of each:
 *   0  free, in no TLB      1  unused, an old translation may be in a TLB      n  n - 1 users
 * The search for a free entry goes round; at its end those with 1 become 0 and TLBs are
 * flushed, once for all.  page_address_htable finds the mapping of a frame.
 *
 * Temporary mappings are windows at fixed addresses, one for each type on each CPU: writing
 * the entry and one invlpg.  They never wait, and the next user of a window takes it over.
 *
 * Who uses them: what writes a new program's memory from outside (access_remote_vm: arguments
 * of exec) by kmap, the clearing of a file's tail by kmap_atomic.  Page faults clear and copy
 * frames by their physical address, and page tables in high memory are read so too: the two
 * entries and flushes that each fault would cost change nothing that can be seen after it.
 *
 * Invariants (kmap_validate): an entry is set where its count is above 0, to the frame whose
 * address it is; the hash table holds just these.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/check.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"

int kmap_init(struct machine *m)
{
	struct kmap_state *s;

	if (!pte_alloc_kernel(m, FIXADDR_START) || !pte_alloc_kernel(m, pkmap_base(m)))
		return -ENOMEM;
	if (!m->k->zone[ZONE_HIGHMEM].spanned_pages)
		return 0;
	s = kzalloc(m, sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->total = last_pkmap(m);
	INIT_LIST_HEAD(&s->page_address_pool);
	for (unsigned i = 0; i < ARRAY_SIZE(s->page_address_htable); i++)
		INIT_LIST_HEAD(&s->page_address_htable[i]);
	for (unsigned i = 0; i < s->total; i++)
		list_add_tail(&s->page_address_maps[i].list, &s->page_address_pool);
	KSET(m->k->kmaps, s);
	return 0;
}

static struct kmap_state *kmaps(const struct machine *m)
{
	return KGET(m->k->kmaps);
}

static bool is_high(const struct page *page)
{
	return page_to_pfn(page) >= lowmem_end_pfn(machine_of(page));
}

static u32 direct_address(const struct page *page)
{
	return PAGE_OFFSET + (page_to_pfn(page) << PAGE_SHIFT);
}

/* ---- page_address ---- */

static struct list_head *htable_slot(struct kmap_state *s, const struct page *page)
{
	return &s->page_address_htable[page_to_pfn(page) * 2654435761u >> (32 - PA_HASH_ORDER)];
}

static struct page_address_map *find_map(const struct page *page)
{
	struct list_head *slot = htable_slot(kmaps(machine_of(page)), page);
	struct page_address_map *pam;

	list_for_each_entry(pam, slot, list)
		if (KGET(pam->page) == page)
			return pam;
	return NULL;
}

u32 page_address_of(const struct page *page)
{
	const struct page_address_map *pam;

	if (!is_high(page))
		return direct_address(page);
	pam = find_map(page);
	return pam ? pam->virtual : 0;
}

static void set_page_address(struct kmap_state *s, struct page *page, u32 virtual)
{
	struct page_address_map *pam =
		list_first_entry(&s->page_address_pool, struct page_address_map, list);

	assert(!list_empty(&s->page_address_pool));
	list_del(&pam->list);
	KSET(pam->page, page);
	pam->virtual = virtual;
	list_add_tail(&pam->list, htable_slot(s, page));
}

static void forget_page_address(struct kmap_state *s, const struct page *page)
{
	struct page_address_map *pam = find_map(page);

	list_del(&pam->list);
	KSET(pam->page, NULL);
	pam->virtual = 0;
	list_add_tail(&pam->list, &s->page_address_pool);
}

/* ---- permanent mappings ---- */

static u32 pkmap_addr(const struct machine *m, u32 nr)
{
	return pkmap_base(m) + (nr << PAGE_SHIFT);
}

static u32 pkmap_nr(const struct machine *m, u32 vaddr)
{
	return (vaddr - pkmap_base(m)) >> PAGE_SHIFT;
}

/* What nobody uses any more is free again, when no TLB knows it. */
static void flush_all_zero_pkmaps(struct machine *m)
{
	struct kmap_state *s = kmaps(m);
	struct mm_struct *init_mm = &m->k->init_mm;

	for (u32 i = 0; i < s->total; i++) {
		void *ptep = pte_lookup(init_mm, pkmap_addr(m, i));

		if (s->pkmap_count[i] != 1)
			continue;
		s->pkmap_count[i] = 0;
		forget_page_address(s, pfn_to_page(m, pte_pfn(pte_get(m->paging, ptep))));
		set_pte(init_mm, ptep, (pte_t){ 0 });
	}
	flush_tlb_kernel_range(m, pkmap_base(m), pkmap_addr(m, s->total));
}

/* A free entry, or -1. */
static s64 find_pkmap(struct machine *m)
{
	struct kmap_state *s = kmaps(m);

	for (u32 left = s->total; left; left--) {
		s->last_pkmap_nr = (s->last_pkmap_nr + 1) & (s->total - 1);
		if (s->last_pkmap_nr == 0) {
			flush_all_zero_pkmaps(m);
			left = s->total;
			for (u32 i = 0; i < s->total; i++)
				if (!s->pkmap_count[i])
					return s->last_pkmap_nr = i;
			return -1;
		}
		if (!s->pkmap_count[s->last_pkmap_nr])
			return s->last_pkmap_nr;
	}
	return -1;
}

static u32 map_new_virtual(struct machine *m, struct page *page)
{
	s64 nr = find_pkmap(m);
	struct mm_struct *init_mm = &m->k->init_mm;
	u32 vaddr;

	if (nr < 0)
		return 0;
	vaddr = pkmap_addr(m, (u32)nr);
	set_pte(init_mm, pte_lookup(init_mm, vaddr), mk_pte(page_to_pfn(page), page_kernel(m)));
	kmaps(m)->pkmap_count[nr] = 1;
	set_page_address(kmaps(m), page, vaddr);
	return vaddr;
}

u32 kmap(struct page *page)
{
	struct machine *m = machine_of(page);
	u32 vaddr = page_address_of(page);

	if (!is_high(page))
		return vaddr;
	if (!vaddr)
		vaddr = map_new_virtual(m, page);
	if (vaddr)
		kmaps(m)->pkmap_count[pkmap_nr(m, vaddr)]++;
	return vaddr;
}

void kunmap(struct page *page)
{
	struct machine *m = machine_of(page);
	u32 *count;

	if (!is_high(page))
		return;
	count = &kmaps(m)->pkmap_count[pkmap_nr(m, page_address_of(page))];
	assert(*count > 1);
	--*count;
}

/* ---- temporary mappings ---- */

u32 kmap_atomic(struct page *page, unsigned cpu, enum km_type type)
{
	struct machine *m = machine_of(page);
	struct mm_struct *init_mm = &m->k->init_mm;
	u32 vaddr = fix_to_virt(fix_kmap(cpu, type));

	if (!is_high(page))
		return direct_address(page);
	set_pte(init_mm, pte_lookup(init_mm, vaddr), mk_pte(page_to_pfn(page), page_kernel(m)));
	cpu_invlpg(&m->cpu[cpu], vaddr);
	return vaddr;
}

/* ULK: nothing to do.  Clearing the entry shows who uses a window after its end. */
void kunmap_atomic(struct machine *m, unsigned cpu, u32 vaddr, enum km_type type)
{
	struct mm_struct *init_mm = &m->k->init_mm;

	if (vaddr < FIXADDR_START)
		return;
	assert(vaddr == fix_to_virt(fix_kmap(cpu, type)));
	set_pte(init_mm, pte_lookup(init_mm, vaddr), (pte_t){ 0 });
	cpu_invlpg(&m->cpu[cpu], vaddr);
}

void *kernel_bytes(const struct machine *m, u32 va)
{
	const void *ptep;

	if (va < high_memory(m))
		return ram_at(&m->ram, va - PAGE_OFFSET);
	ptep = pte_lookup(&m->k->init_mm, va);
	assert(ptep);
	return (u8 *)ram_at(&m->ram, pte_get(m->paging, ptep).v & PG_FRAME_MASK) +
	       (va & ~PAGE_MASK);
}

void zero_highpage(struct page *page, u32 offset, u32 len)
{
	struct machine *m = machine_of(page);
	unsigned cpu = smp_processor_id(m);
	u32 vaddr = kmap_atomic(page, cpu, KM_USER0);

	memset((u8 *)kernel_bytes(m, vaddr) + offset, 0, len);
	kunmap_atomic(m, cpu, vaddr, KM_USER0);
}

/* ---- validation ---- */

static void validate_pkmap(struct machine *m, u32 nr, struct check *c)
{
	u32 vaddr = pkmap_addr(m, nr), count = kmaps(m)->pkmap_count[nr];
	pte_t e = pte_get(m->paging, pte_lookup(&m->k->init_mm, vaddr));

	check_that(c, !count == pte_none(e), "pkmap %08x: count %u, entry %08llx", vaddr, count,
		   (unsigned long long)e.v);
	if (!pte_none(e))
		check_that(c, page_address_of(pfn_to_page(m, pte_pfn(e))) == vaddr,
			   "pkmap %08x: its frame %05x is said to be elsewhere", vaddr, pte_pfn(e));
}

void kmap_validate(struct machine *m, struct check *c)
{
	struct kmap_state *s = kmaps(m);
	struct page_address_map *pam;
	u32 used = 0, hashed = 0;

	if (!s)
		return;
	for (u32 i = 0; i < s->total; i++) {
		validate_pkmap(m, i, c);
		used += s->pkmap_count[i] > 0;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(s->page_address_htable); i++)
		list_for_each_entry(pam, &s->page_address_htable[i], list)
			hashed++;
	check_that(c, used == hashed, "pkmap: %u entries, %u in page_address_htable", used, hashed);
}
