/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reclaim: nanoseconds each.
 */
#pragma once

double scan_page(void); /* a mapped page of a file, looked at by direct reclaim */
double scan_1(void); /* an entry of a page that so many processes map */
double scan_10(void);
double scan_100(void);
double scan_1000(void);
double scan_unshared_1000(void); /* a page of one of 1000 relatives who share none */
double scan_regions_10(void); /* a page of memory that consists of so many regions */
double scan_regions_100(void);
double scan_regions_1000(void);
double scan_file_10(void); /* an entry of a file's page that so many regions show */
double scan_file_100(void);
double scan_file_1000(void);
double fault_under_pressure(void); /* a write fault that needs a frame of the page cache */
