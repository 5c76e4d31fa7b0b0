/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the driver and its agent say to each other: one message each way, over a
 * socket of whole messages (SOCK_SEQPACKET).  Numbers are 32 bits on both sides.
 */
#pragma once

#include <stdint.h>

#define AGENT_CHANNELS 16 /* processes of one script, at most */
#define AGENT_FD 100 /* the socket of process k is AGENT_FD + k */
#define AGENT_DATA 8192

enum agent_op {
	AGENT_SYSCALL, /* arg[0] is the number, then its arguments */
	AGENT_LOAD, /* address, bytes -> value in data */
	AGENT_STORE, /* address, bytes, value */
	AGENT_FETCH, /* address: not of the last 15 bytes of a page */
	AGENT_TOUCH, /* address, length, how: TOUCH_* */
	AGENT_FORK, /* the channel of the child, flags of clone; the child says its pid first */
};

enum { TOUCH_READ, TOUCH_WRITE, TOUCH_FETCH };

struct agent_request {
	uint32_t op;
	uint32_t arg[7];
	uint32_t pointers; /* bit n: add the address of data to arg[n] */
	uint32_t answer; /* bytes of data that go back */
	uint8_t data[AGENT_DATA];
};

struct agent_reply {
	int32_t result; /* or -errno */
	uint32_t faults; /* minor and major faults of this step */
	uint8_t data[AGENT_DATA];
};

#define AGENT_REQUEST_HEAD (10 * 4) /* bytes before data */
#define AGENT_REPLY_HEAD (2 * 4)
