/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a processor does with a memory operand: translate, fault, retry.
 * ULK ch. 9, "Page Fault Exception Handler"; Intel SDM vol. 3, "Page-Fault Exceptions".
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/access.h"
#include "mm/highmem.h"
#include "mm/machine.h"
#include "mm/pgtable.h"
#include "mm/writeback.h"

/* No access needs more: grow the stack, read a page in, copy it. */
#define MAX_FAULTS 4

/* The door of faults: where memory ends, somebody may have to give his. */
static int handle_fault(struct machine *m, struct task_struct *task, const struct page_fault *fault,
			unsigned flags)
{
	struct oom_want outer = oom_begin(m);
	int error;

	do
		error = do_page_fault(m, task, fault, flags);
	while (error && out_of_memory(m, task));
	oom_end(m, outer);
	return error;
}

static int translate(struct machine *m, struct task_struct *task, u32 addr, enum access access,
		     unsigned flags, paddr_t *ret_pa)
{
	enum cpu_mode mode = flags & FAULT_USER ? MODE_USER : MODE_KERNEL;
	struct cpu *cpu = &m->cpu[smp_processor_id(m)];
	struct page_fault fault;

	for (unsigned i = 0; i < MAX_FAULTS; i++) {
		int error;

		if (likely(mmu_translate(cpu, addr, access, mode, ret_pa, &fault)))
			return 0;
		cpu->cr2 = fault.address;
		error = handle_fault(m, task, &fault, flags);
		if (error)
			return error;
	}
	assert(!"a handled fault does not come back");
	return -EFAULT;
}

int translate_address(struct machine *m, struct task_struct *task, u32 addr, enum access access,
		      unsigned flags, paddr_t *ret_pa)
{
	return translate(m, task, addr, access, flags, ret_pa);
}

int access_process_vm(struct machine *m, struct task_struct *task, u32 addr, void *buf, u32 len,
		      enum access access, unsigned flags, u32 *ret_done)
{
	u8 *p = buf;

	*ret_done = 0;
	while (*ret_done < len) {
		u32 part = cpu_access_part(addr, len - *ret_done);
		paddr_t pa;
		int error = translate(m, task, addr, access, flags, &pa);

		if (error)
			return error;
		if (access == ACCESS_READ)
			memcpy(p, ram_at(&m->ram, pa), part);
		else if (access == ACCESS_WRITE)
			memcpy(ram_at(&m->ram, pa), p, part);
		p += part;
		addr += part;
		*ret_done += part;
		cond_resched(m);
	}
	return 0;
}

/* The second page of one access: to bring it in may not cost the frame of the first, at @kept. */
static int translate_other(struct machine *m, struct task_struct *task, u32 addr,
			   enum access access, unsigned flags, paddr_t *ret_pa, paddr_t kept)
{
	struct page *page = pfn_to_page(m, (pfn_t)(kept >> PAGE_SHIFT));
	int error;

	page->_count++; /* not get_page: the kernel's own frames may have no count at all */
	error = translate(m, task, addr, access, flags, ret_pa);
	page->_count--;
	return error;
}

int access_word(struct machine *m, struct task_struct *task, u32 addr, u32 *value, unsigned bytes,
		enum access access, unsigned flags)
{
	u32 first = cpu_access_part(addr, bytes);
	u8 *p = (u8 *)value; /* both machines are little-endian (main.c asserts the host is) */
	paddr_t pa, pa2 = 0;
	int error;

	if ((u64)addr + bytes > 1ull << 32)
		return -EFAULT;
	/* Both pages first: an access that crosses into a bad page stores nothing. */
	error = translate(m, task, addr, access, flags, &pa);
	if (!error && first < bytes)
		error = translate_other(m, task, addr + first, access, flags, &pa2, pa);
	if (error)
		return error;
	if (access == ACCESS_READ) {
		*value = 0;
		memcpy(p, ram_at(&m->ram, pa), first);
		memcpy(p + first, ram_at(&m->ram, pa2), bytes - first);
	} else if (access == ACCESS_WRITE) {
		memcpy(ram_at(&m->ram, pa), p, first);
		memcpy(ram_at(&m->ram, pa2), p + first, bytes - first);
	}
	return 0;
}

int touch_range(struct machine *m, struct task_struct *task, u32 addr, u32 len, enum access access,
		u32 *ret_faults)
{
	u32 before = task->min_flt + task->maj_flt;
	u64 end = (u64)addr + len, at = addr;
	int error = 0;

	for (; at < end && !error; at = (at | (PAGE_SIZE - 1)) + 1) {
		paddr_t pa;

		error = at > 0xffffffffull ? -EFAULT :
					     translate(m, task, (u32)at, access, FAULT_USER, &pa);
		cond_resched(m);
	}
	*ret_faults = task->min_flt + task->maj_flt - before;
	return error;
}

int push_word(struct machine *m, struct task_struct *task, u32 value)
{
	u32 esp = task->regs.esp - 4;
	int error = access_word(m, task, esp, &value, 4, ACCESS_WRITE, FAULT_USER);

	if (!error)
		task->regs.esp = esp;
	return error;
}

int pop_word(struct machine *m, struct task_struct *task, u32 *ret_value)
{
	u32 value;
	int error = access_word(m, task, task->regs.esp, &value, 4, ACCESS_READ, FAULT_USER);

	if (error)
		return error;
	*ret_value = value;
	task->regs.esp += 4;
	return 0;
}

/* ---- without a processor ---- */

/* The page at @addr, faulted in where need be.  0 or -errno. */
static int get_user_page(struct machine *m, struct mm_struct *mm, u32 addr, bool write,
			 struct page **ret)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	if (!vma || vma->vm_start > addr)
		return -EFAULT;
	if (!(vma->vm_flags & (write ? VM_WRITE : VM_RWX)))
		return -EACCES;
	for (unsigned i = 0; i < MAX_FAULTS; i++) {
		void *ptep = pte_lookup(mm, addr);
		pte_t e = ptep ? pte_get(m->paging, ptep) : (pte_t){ 0 };
		int error;

		if (pte_present(e) && (!write || pte_write(e))) {
			*ret = pfn_to_page(m, pte_pfn(e));
			return 0;
		}
		error = handle_mm_fault(m, vma, addr, write, NULL, NULL);
		if (error)
			return error;
	}
	assert(!"a handled fault does not come back");
	return -EFAULT;
}

/* The kernel's hands on a frame that may have no address of its own: ULK's kmap. */
static int copy_page_part(struct machine *m, struct page *page, u32 off, u8 *p, u32 len, bool write)
{
	u32 vaddr = kmap(page);
	u8 *at;

	if (!vaddr)
		return -ENOMEM;
	at = (u8 *)kernel_bytes(m, vaddr) + off;
	if (write)
		memcpy(at, p, len);
	else
		memcpy(p, at, len);
	/* The entry's Dirty bit does not know. */
	if (write)
		kernel_wrote_page(page);
	kunmap(page);
	return 0;
}

int access_remote_vm(struct machine *m, struct mm_struct *mm, u32 addr, void *buf, u32 len,
		     bool write)
{
	struct page *page;
	u8 *p = buf;

	while (len) {
		u32 part = cpu_access_part(addr, len);
		int error = get_user_page(m, mm, addr, write, &page);

		if (!error)
			error = copy_page_part(m, page, addr & ~PAGE_MASK, p, part, write);
		if (error)
			return error;
		p += part;
		addr += part;
		len -= part;
	}
	return 0;
}
