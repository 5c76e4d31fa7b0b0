// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program that ends at once: what bench-core has the host execute.
 */
int main(void)
{
	return 0;
}
