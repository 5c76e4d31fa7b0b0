/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures: "ADDR LEN PROT FLAGS [FILE [OFFSET]]".
 *
 * A word in capitals names a kind of argument; a|b|c are words to choose from, of which
 * one may be a kind in capitals; [ ] may be left out; ... repeats the word before it,
 * which is then for the command to read from call->words.
 */
#pragma once

#include "command.h"

/* Fill call->arg from call->words as the row's signature says.  0 or -EINVAL with a reason. */
int signature_parse(struct ctl_call *call);

/*
 * The hint behind an error: the first address or frame of @call that is written without 0x
 * and would be a mapped (root: handed out) one with it.  False: there is none.
 */
bool signature_hint(const struct ctl_call *call, GString *out);

/* Does the signature name an argument of this kind? */
bool signature_has(const char *signature, const char *kind);
