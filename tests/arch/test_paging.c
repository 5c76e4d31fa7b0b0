// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The entry formats against the manual's figures, which stand here as
 * pictures: one letter a bit, from bit 63 (or 31) down to bit 0.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "arch/paging.h"

/*
 * a: address   0: reserved   .: anything else, used or ignored
 * (Intel SDM vol. 3, figures "Formats of CR3 and Paging-Structure Entries",
 * for 36 address bits, with NX, without PAT and PSE-36.)
 */
static const struct {
	const char *what, *picture;
	const struct paging *pg;
	size_t mask; /* offset of its reserved bits in struct paging */
} formats[] = {
	{ "2-level table", "aaaaaaaaaaaaaaaaaaaa....0.......", &paging_2level,
	  offsetof(struct paging, reserved_pte) },
	{ "2-level directory", "aaaaaaaaaaaaaaaaaaaa............", &paging_2level,
	  offsetof(struct paging, reserved_dir) },
	{ "4 MiB page", "aaaaaaaaaa0000000000............", &paging_2level,
	  offsetof(struct paging, reserved_large) },
	{ "PAE table",
	  ".000000000000000000000000000aaaa"
	  "aaaaaaaaaaaaaaaaaaaa....0.......",
	  &paging_pae, offsetof(struct paging, reserved_pte) },
	{ "PAE directory",
	  ".000000000000000000000000000aaaa"
	  "aaaaaaaaaaaaaaaaaaaa............",
	  &paging_pae, offsetof(struct paging, reserved_dir) },
	{ "2 MiB page",
	  ".000000000000000000000000000aaaa"
	  "aaaaaaaaaaa000000000............",
	  &paging_pae, offsetof(struct paging, reserved_large) },
	{ "PAE top level",
	  "0000000000000000000000000000aaaa"
	  "aaaaaaaaaaaaaaaaaaaa...0000..00.",
	  &paging_pae, offsetof(struct paging, reserved_top) },
};

START_TEST(reserved_bits_are_the_manuals)
{
	const char *picture = formats[_i].picture;
	size_t width = strlen(picture);
	u64 mask, drawn = 0;

	memcpy(&mask, (const char *)formats[_i].pg + formats[_i].mask, sizeof(mask));
	ck_assert_uint_eq(width, 8u * formats[_i].pg->entry_size);
	for (size_t i = 0; i < width; i++)
		drawn = drawn << 1 | (picture[i] == '0');
	ck_assert_msg(mask == drawn, "%s: %llx, the figure says %llx", formats[_i].what,
		      (unsigned long long)mask, (unsigned long long)drawn);
}
END_TEST

START_TEST(address_is_cut_completely)
{
	const struct paging *pg = _i ? &paging_pae : &paging_2level;
	static const vaddr_t samples[] = { 0,	       0xfff,	   0x1000,     0x1fffff,
					   0x200000,   0x3fffff,   0x400000,   0x40000123,
					   0xbfffffff, 0xc0000000, 0xc8765432, 0xffffffff };

	ck_assert_uint_eq((u64)pg->entries * pg->entry_size, PAGE_SIZE);
	ck_assert_uint_eq((u64)pg->entries << PAGE_SHIFT, 1ull << pg->dir_shift);
	for (unsigned i = 0; i < ARRAY_SIZE(samples); i++) {
		u64 va = samples[i], whole;
		u64 top = pg->pae ? va / 0x40000000 : 0;

		whole = top * pg->entries + dir_index(pg, samples[i]);
		whole = whole * pg->entries + pte_index(pg, samples[i]);
		ck_assert_uint_eq(whole * PAGE_SIZE + va % PAGE_SIZE, va);
		ck_assert_uint_lt(dir_index(pg, samples[i]), pg->entries);
		ck_assert_uint_lt(pte_index(pg, samples[i]), pg->entries);
	}
}
END_TEST

START_TEST(entry_keeps_frame_and_bits)
{
	static const pfn_t frames[] = { 0, 1, 0x9f, 0xfffff, 0x100000, 0xffffff };

	for (unsigned i = 0; i < ARRAY_SIZE(frames); i++) {
		pte_t e = mk_pte(frames[i], PG_P | PG_RW | PG_NX | PG_AVAIL);

		ck_assert_uint_eq(pte_pfn(e), frames[i]);
		ck_assert_uint_eq(e.v & ~PG_FRAME_MASK, PG_P | PG_RW | PG_NX | PG_AVAIL);
	}
}
END_TEST

/* Stored in the form's width, low byte first as on i386, and nothing beside it. */
START_TEST(entry_is_stored_in_its_width)
{
	const struct paging *pg = _i ? &paging_pae : &paging_2level;
	static const u8 bytes[8] = { 0x67, 0x50, 0x34, 0x12, 0x03, 0, 0, 0x80 };
	pte_t e = { 0x8000000312345067ull };
	_Alignas(8) u8 ram[16];

	memset(ram, 0xee, sizeof(ram));
	pte_put(pg, ram, e);
	ck_assert_mem_eq(ram, bytes, pg->entry_size);
	for (unsigned i = pg->entry_size; i < sizeof(ram); i++)
		ck_assert_uint_eq(ram[i], 0xee);
	ck_assert_uint_eq(pte_get(pg, ram).v, pg->pae ? e.v : (u32)e.v);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arch/paging");
	TCase *tc = tcase_create("paging");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, reserved_bits_are_the_manuals, 0, ARRAY_SIZE(formats));
	tcase_add_loop_test(tc, address_is_cut_completely, 0, 2);
	tcase_add_test(tc, entry_keeps_frame_and_bits);
	tcase_add_loop_test(tc, entry_is_stored_in_its_width, 0, 2);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
