/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps of the pressure test on the memory of a process.
 */
#include <errno.h>
#include <string.h>

#include "mm/access.h"
#include "mm/exec.h"
#include "mm/pgtable.h"
#include "pressure.h"

#define SPAN_MAX 256u /* pages of one step */

struct range {
	u32 start, len; /* pages */
	u32 addr, bytes;
};

static struct range range_of(u32 start, u32 len)
{
	return (struct range){ start, len, BASE + start * PAGE_SIZE, len * PAGE_SIZE };
}

static struct range random_range(struct world *w, u32 most)
{
	u32 start = random_below(w, WINDOW), room = WINDOW - start;

	return range_of(start, 1 + random_below(w, room < most ? room : most));
}

/* A part of one region, or len 0. */
static struct range random_part(struct world *w, const struct process *p, u32 most)
{
	struct vm_area_struct *vma;
	u32 start, len, end;

	vma = find_vma_quiet(KGET(p->task->mm), BASE + random_below(w, WINDOW) * PAGE_SIZE);
	if (!vma || vma->vm_start < BASE || vma->vm_start >= BASE + WINDOW * PAGE_SIZE)
		return range_of(0, 0);
	start = (vma->vm_start - BASE) >> PAGE_SHIFT;
	end = (vma->vm_end - BASE) >> PAGE_SHIFT;
	start += random_below(w, 2) ? random_below(w, end - start) : 0;
	len = end - start < most ? end - start : most;
	return range_of(start, 1 + random_below(w, len));
}

static u32 random_prot(struct world *w)
{
	static const u32 prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_EXEC };
	u32 n = random_below(w, 12);

	return n < ARRAY_SIZE(prots) ? prots[n] : PROT_READ | PROT_WRITE;
}

/* ---- mapping ---- */

struct mapping {
	struct range r;
	u32 prot, flags;
	u32 file, offset; /* FILES: none; page of it */
};

static s64 try_mmap(struct world *w, struct process *p, const struct mapping *map)
{
	struct file *file = NULL;
	s64 at;

	if (map->file < FILES) {
		file = file_new(w->m, w->file[map->file], FMODE_READ | FMODE_WRITE, 0);
		if (!file)
			return -ENOMEM;
	}
	at = do_mmap(p->task, file, map->r.addr, map->r.bytes, map->prot, map->flags, map->offset);
	fput(file);
	return at;
}

static struct mapping random_mapping(struct world *w)
{
	struct mapping map = { .r = random_range(w, SPAN_MAX), .prot = random_prot(w) };

	map.file = random_below(w, 5) < 2 ? random_below(w, FILES) : FILES;
	map.flags = MAP_FIXED | MAP_NORESERVE;
	map.flags |= random_below(w, 3) ? MAP_PRIVATE : MAP_SHARED;
	if (map.file == FILES)
		map.flags |= MAP_ANONYMOUS;
	else
		map.offset = random_below(w, OBJECT_PAGES_MAX / 2);
	if (random_below(w, 20) == 0)
		map.flags |= MAP_POPULATE;
	if (map.file < FILES && map.r.len > OBJECT_PAGES_MAX - map.offset)
		map.r = range_of(map.r.start, OBJECT_PAGES_MAX - map.offset);
	return map;
}

/* Private writable pages that were populated are copies from now on, as if written. */
static void learn_copies(struct world *w, struct process *p)
{
	const struct mm_struct *mm = KGET(p->task->mm);

	for (u32 i = 0; i < WINDOW; i++) {
		struct model_page *page = &p->space.page[i];
		const void *ptep = pte_lookup(mm, BASE + i * PAGE_SIZE);
		pte_t e = ptep ? pte_get(w->m->paging, ptep) : (pte_t){ 0 };

		if (!page->object || page->shared || page->own || pte_none(e))
			continue;
		if (!pte_present(e) || PageAnon(pfn_to_page(w->m, pte_pfn(e))))
			model_write(page, 0, model_bytes(page), PAGE_SIZE);
	}
}

void run_mmap(struct world *w, struct process *p)
{
	struct mapping map = random_mapping(w);
	bool shared = map.flags & MAP_SHARED;
	struct model_object *object = map.file < FILES ? w->object[map.file] : NULL;
	s64 at;

	STEP(w, "%u: mmap %u pages at %u, prot %u, flags %x, file %u page %u", p->pid, map.r.len,
	     map.r.start, map.prot, map.flags, map.file, map.offset);
	AT_DOOR(w, p->task, at, try_mmap(w, p, &map));
	if (memory_ended(w, at))
		return;
	if (at != map.r.addr) {
		complain(w, "replied %lld", (long long)at);
		return;
	}
	if (shared && !object)
		object = model_object_new(&w->objects, map.r.bytes);
	for (u32 i = 0; i < map.r.len; i++) {
		struct model_page *page = &p->space.page[map.r.start + i];

		model_forget(page);
		*page = (struct model_page){ .mapped = true,
					     .shared = shared,
					     .prot = map.prot,
					     .object = object,
					     .offset = map.offset + i };
	}
	learn_copies(w, p);
}

void run_munmap(struct world *w, struct process *p)
{
	struct range r = random_range(w, SPAN_MAX / 2);
	int error;

	STEP(w, "%u: munmap %u pages at %u", p->pid, r.len, r.start);
	AT_DOOR(w, p->task, error, do_munmap(KGET(p->task->mm), r.addr, r.bytes));
	if (memory_ended(w, error))
		return;
	if (error)
		complain(w, "replied %d", error);
	for (u32 i = r.start; i < r.start + r.len; i++)
		model_forget(&p->space.page[i]);
}

/* It may stop at any region: then the regions say how far it came. */
static void learn_regions(struct process *p)
{
	for (u32 i = 0; i < WINDOW; i++) {
		u32 addr = BASE + i * PAGE_SIZE;
		struct vm_area_struct *vma = find_vma_quiet(KGET(p->task->mm), addr);

		if (vma && vma->vm_start <= addr)
			p->space.page[i].prot = vma->vm_flags & VM_RWX;
		else
			model_forget(&p->space.page[i]);
	}
}

void run_mprotect(struct world *w, struct process *p)
{
	struct range r = random_range(w, SPAN_MAX);
	u32 prot = random_prot(w), i;
	int error;

	STEP(w, "%u: mprotect %u pages at %u, prot %u", p->pid, r.len, r.start, prot);
	AT_DOOR(w, p->task, error, sys_mprotect(p->task, r.addr, r.bytes, prot));
	for (i = r.start; i < r.start + r.len && p->space.page[i].mapped; i++)
		p->space.page[i].prot = prot;
	if (i < r.start + r.len && error != -ENOMEM)
		complain(w, "a hole at %u, but replied %d", i, error);
	else if (i == r.start + r.len && error && !memory_ended(w, error))
		complain(w, "replied %d", error);
	if (error)
		learn_regions(p);
	learn_copies(w, p);
}

/* The first @moved pages come from @old, what follows is fresh. */
static void model_remap(struct process *p, u32 old, u32 old_len, u32 at, u32 len)
{
	struct model_page *page = p->space.page, last;
	u32 moved = old_len < len ? old_len : len;

	for (u32 i = 0; i < moved && at != old; i++)
		model_move(&page[at + i], &page[old + i]);
	for (u32 i = moved; i < old_len; i++)
		model_forget(&page[old + i]);
	last = page[at + moved - 1];
	for (u32 i = moved; i < len; i++) {
		model_forget(&page[at + i]);
		page[at + i] = (struct model_page){ .mapped = true,
						    .shared = last.shared,
						    .prot = last.prot,
						    .object = last.object,
						    .offset = last.offset + i - moved + 1 };
	}
}

void run_mremap(struct world *w, struct process *p)
{
	struct range r = random_part(w, p, SPAN_MAX / 2);
	u32 len = 1 + random_below(w, SPAN_MAX / 2), at = random_below(w, WINDOW - len);
	s64 got;

	if (!r.len || (at < r.start + r.len && r.start < at + len))
		return;
	STEP(w, "%u: mremap %u pages at %u, to %u at %u", p->pid, r.len, r.start, len, at);
	AT_DOOR(w, p->task, got,
		sys_mremap(p->task, r.addr, r.bytes, len * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
			   BASE + at * PAGE_SIZE));
	if (got == BASE + at * PAGE_SIZE)
		model_remap(p, r.start, r.len, at, len);
	else if (got != -EAGAIN && !memory_ended(w, got))
		complain(w, "replied %lld", (long long)got);
	else
		learn_regions(p);
	learn_copies(w, p);
}

/* ---- advice and locks ---- */

static bool is_locked(const struct process *p, u32 addr)
{
	struct vm_area_struct *vma = find_vma_quiet(KGET(p->task->mm), addr);

	return vma && vma->vm_start <= addr && vma->vm_flags & VM_LOCKED;
}

static void advised(struct world *w, struct model_page *page, u32 advice)
{
	(void)w;
	if (advice == MADV_DONTNEED && !page->shared) {
		struct model_page fresh = *page;

		fresh.own = fresh.lazy = false;
		fresh.content = NULL;
		model_forget(page);
		*page = fresh;
	} else if (advice == MADV_FREE) {
		page->lazy = page->content;
	}
}

void run_madvise(struct world *w, struct process *p)
{
	static const u32 advices[] = { MADV_DONTNEED, MADV_FREE,     MADV_COLD,
				       MADV_PAGEOUT,  MADV_WILLNEED, MADV_PAGEOUT };
	struct range r = random_part(w, p, SPAN_MAX / 2);
	u32 advice = advices[random_below(w, ARRAY_SIZE(advices))];
	const struct model_page *page = &p->space.page[r.start];
	int error, want = 0;

	if (!r.len)
		return;
	if (advice == MADV_FREE && page->object)
		want = -EINVAL;
	if (advice != MADV_WILLNEED && is_locked(p, r.addr))
		want = -EINVAL;
	STEP(w, "%u: madvise %u pages at %u, advice %u", p->pid, r.len, r.start, advice);
	AT_DOOR(w, p->task, error, sys_madvise(p->task, r.addr, r.bytes, advice));
	if (error != want && advice == MADV_WILLNEED)
		return;
	if (error != want && !memory_ended(w, error))
		complain(w, "replied %d, expected %d", error, want);
	for (u32 i = 0; i < r.len && !error; i++)
		advised(w, &p->space.page[r.start + i], advice);
}

/* What is written does not change, whatever comes of it. */
void run_mlock(struct world *w, struct process *p)
{
	struct range r = random_part(w, p, 32);
	int error;

	if (!r.len)
		return;
	if (random_below(w, 3)) {
		STEP(w, "%u: munlock all", p->pid);
		AT_DOOR(w, p->task, error, sys_munlock(p->task, BASE, WINDOW * PAGE_SIZE));
	} else {
		STEP(w, "%u: mlock %u pages at %u", p->pid, r.len, r.start);
		AT_DOOR(w, p->task, error, sys_mlock(p->task, r.addr, r.bytes, 0));
	}
	if (error != -EAGAIN)
		memory_ended(w, error);
	learn_copies(w, p);
}

/* ---- accesses ---- */

/* The bytes of one step: words that no other step has. */
static void fill(struct world *w, u8 *bytes, u32 len)
{
	u32 word = random_below(w, 1u << 31);

	for (u32 i = 0; i + 4 <= len; i += 4, word = word * 1664525 + 1013904223)
		memcpy(bytes + i, &word, 4);
}

static u32 page_left(u32 offset)
{
	return PAGE_SIZE - (offset & ~PAGE_MASK);
}

/* Up to where will the access come, and what stops it? */
static u32 predict(const struct process *p, u32 offset, u32 len, bool write, int *ret_error)
{
	u32 done = 0;

	*ret_error = 0;
	while (done < len) {
		u32 at = offset + done, part = page_left(at);

		*ret_error = model_error(&p->space.page[at >> PAGE_SHIFT], write);
		if (*ret_error)
			return done;
		done += part < len - done ? part : len - done;
	}
	return done;
}

static u32 access_it(struct world *w, struct process *p, u32 offset, u8 *buf, u32 len, bool write)
{
	int error, want;
	u32 done, expected = predict(p, offset, len, write, &want);

	schedule_task(w->m, 0, p->task);
	error = access_process_vm(w->m, p->task, BASE + offset, buf, len,
				  write ? ACCESS_WRITE : ACCESS_READ, FAULT_USER | FAULT_NO_ESP,
				  &done);
	if (done <= expected && memory_ended(w, error))
		return done;
	if (error != want || done != expected)
		complain(w, "%u bytes, error %d; expected %u, %d", done, error, expected, want);
	return done < expected ? done : expected;
}

/* The first byte that differs. */
static u32 first_wrong(const u8 *got, const u8 *want, u32 len)
{
	u32 i = 0;

	while (i < len && got[i] == want[i])
		i++;
	return i;
}

static void wrong_page(struct world *w, struct process *p, u32 at, const u8 *got, u32 len)
{
	const struct model_page *page = &p->space.page[at >> PAGE_SHIFT];
	const u8 *want = model_bytes(page) + (at & ~PAGE_MASK);
	u32 i = first_wrong(got, want, len);

	complain(w, "process %u, page %u (%s%s%s%s, object page %u): byte %x is %02x, not %02x",
		 p->pid, at >> PAGE_SHIFT, page->shared ? "shared" : "private",
		 page->object ? " object" : "", page->own ? " own" : "", page->lazy ? " lazy" : "",
		 page->offset, (at & ~PAGE_MASK) + i, got[i], want[i]);
}

static void compare_bytes(struct world *w, struct process *p, u32 offset, const u8 *buf, u32 len)
{
	for (u32 done = 0, part; done < len && !w->failed; done += part) {
		u32 at = offset + done;

		part = page_left(at) < len - done ? page_left(at) : len - done;
		if (!model_matches(&p->space.page[at >> PAGE_SHIFT], at & ~PAGE_MASK, buf + done,
				   part))
			wrong_page(w, p, at, buf + done, part);
	}
}

static u8 *step_buffer(struct world *w)
{
	static u8 buffer[SPAN_MAX * PAGE_SIZE];

	(void)w;
	return buffer;
}

/* From a mapped page on, so that most accesses come somewhere. */
static u32 random_span(struct world *w, const struct process *p, u32 *ret_len)
{
	struct range r = random_part(w, p, 64);
	u32 most = random_below(w, 3) ? SPAN_MAX * PAGE_SIZE : 64, offset;

	offset = (r.len ? r.start : random_below(w, WINDOW)) * PAGE_SIZE;
	offset += random_below(w, 2) ? random_below(w, PAGE_SIZE / 4) * 4 : 0;
	if (most > WINDOW * PAGE_SIZE - offset)
		most = WINDOW * PAGE_SIZE - offset;
	*ret_len = 4 + random_below(w, most / 4) * 4;
	return offset;
}

void run_load(struct world *w, struct process *p)
{
	u8 *buf = step_buffer(w);
	u32 len, offset = random_span(w, p, &len), done;

	STEP(w, "%u: load %u bytes at %x", p->pid, len, offset);
	done = access_it(w, p, offset, buf, len, false);
	compare_bytes(w, p, offset, buf, done);
}

/* Bytes behind a file's end are nobody's: no step writes there. */
static u32 clip_to_file(const struct process *p, u32 offset, u32 len)
{
	for (u32 at = offset; at < offset + len; at = (at | ~PAGE_MASK) + 1) {
		const struct model_page *page = &p->space.page[at >> PAGE_SHIFT];
		u64 pos = ((u64)page->offset << PAGE_SHIFT) + (at & ~PAGE_MASK);
		u32 part = page_left(at) < offset + len - at ? page_left(at) : offset + len - at;

		if (page->mapped && page->object &&
		    page->offset < model_object_pages(page->object) &&
		    pos + part > page->object->size)
			return pos >= page->object->size ?
				       at - offset :
				       at - offset + (u32)(page->object->size - pos);
	}
	return len;
}

/* A page that was given up may have gone before it was written: look which. */
static void store_lazy(struct world *w, struct process *p, u32 index, u32 off, const u8 *buf,
		       u32 len)
{
	struct model_page *page = &p->space.page[index], gone = { 0 };
	u8 now[PAGE_SIZE];
	u32 done;

	model_write(page, off, buf, len);
	model_write(&gone, off, buf, len);
	page->lazy = false;
	if (access_process_vm(w->m, p->task, BASE + index * PAGE_SIZE, now, PAGE_SIZE, ACCESS_READ,
			      FAULT_USER | FAULT_NO_ESP, &done) == 0 &&
	    memcmp(now, model_bytes(&gone), PAGE_SIZE) == 0)
		model_write(page, 0, now, PAGE_SIZE);
	model_forget(&gone);
}

void run_store(struct world *w, struct process *p)
{
	u8 *buf = step_buffer(w);
	u32 len, offset = random_span(w, p, &len), done, part;

	len = clip_to_file(p, offset, len);
	fill(w, buf, len);
	STEP(w, "%u: store %u bytes at %x", p->pid, len, offset);
	done = access_it(w, p, offset, buf, len, true);
	for (u32 i = 0; i < done; i += part) {
		u32 at = offset + i;
		struct model_page *page = &p->space.page[at >> PAGE_SHIFT];

		part = page_left(at) < done - i ? page_left(at) : done - i;
		if (page->lazy)
			store_lazy(w, p, at >> PAGE_SHIFT, at & ~PAGE_MASK, buf + i, part);
		else
			model_write(page, at & ~PAGE_MASK, buf + i, part);
	}
}

void compare_process(struct world *w, struct process *p)
{
	u8 *buf = step_buffer(w);

	STEP(w, "%u: compare all", p->pid);
	for (u32 i = 0; i < WINDOW && !w->failed; i++) {
		struct model_page *page = &p->space.page[i];

		if (!page->mapped || model_error(page, false))
			continue;
		if (access_it(w, p, i * PAGE_SIZE, buf, PAGE_SIZE, false) < PAGE_SIZE)
			return; /* no memory */
		compare_bytes(w, p, i * PAGE_SIZE, buf, PAGE_SIZE);
	}
}

/* ---- life ---- */

void run_fork(struct world *w, struct process *p)
{
	struct process *child = NULL;
	struct task_struct *task;
	int error;

	for (unsigned i = 0; i < PROCESSES; i++)
		if (!w->process[i].task)
			child = &w->process[i];
	if (!child)
		return;
	STEP(w, "%u: fork", p->pid);
	AT_DOOR(w, p->task, error, do_fork(p->task, 0, &task));
	if (memory_ended(w, error))
		return;
	if (error) {
		complain(w, "replied %d", error);
		return;
	}
	model_copy(&child->space, &p->space);
	child->task = task;
	child->pid = task->pid;
	child->generation = task->generation;
}

void run_exec(struct world *w, struct process *p)
{
	static const char *const argv[] = { "init", NULL };
	int error;

	if (random_below(w, 4))
		return;
	STEP(w, "%u: exec", p->pid);
	AT_DOOR(w, p->task, error, do_execve(p->task, KGET(w->m->k->init_file), "/init", argv));
	if (memory_ended(w, error))
		return;
	if (error)
		complain(w, "replied %d", error);
	else
		model_forget_all(&p->space);
}
