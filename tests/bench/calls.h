/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls beside the host's own.  Nanoseconds each; for a page where the name says so.
 */
#pragma once

double mremap_page(void); /* of AREA, all present, moved elsewhere */
double mincore_page(void); /* all present */
double dontneed_page(void); /* all present */
double mlock_page(void); /* none present: they are brought in */
double munlock_page(void);
double munlock_10(void); /* that so many processes share, an entry */
double munlock_1000(void);
double exec_program(void); /* with the fork before and the exit behind */
double shmat_pair(void);
double truncate_page(void); /* of a file of AREA bytes, all mapped and present */
