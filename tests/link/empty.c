/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that calls nothing: linked with the whole of a layer, it shows
 * that the layer needs nothing from the layers above it.
 */

int main(void)
{
	return 0;
}
