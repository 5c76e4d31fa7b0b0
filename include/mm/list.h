/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Circular doubly linked lists in RAM, ULK ch. 3 "Doubly linked lists".
 * Links are kernel addresses of struct list_head; see mm/kptr.h.
 */
#pragma once

#include "mm/kptr.h"

struct list_head {
	kva_t next, prev;
};

static inline struct list_head *list_next(const struct list_head *l)
{
	return kva_ptr(l, l->next);
}

static inline struct list_head *list_prev(const struct list_head *l)
{
	return kva_ptr(l, l->prev);
}

static inline void INIT_LIST_HEAD(struct list_head *l)
{
	l->next = l->prev = kva_of(l);
}

static inline bool list_empty(const struct list_head *l)
{
	return l->next == kva_of(l);
}

static inline void list_insert_between(struct list_head *n, struct list_head *prev,
				       struct list_head *next)
{
	n->prev = kva_of(prev);
	n->next = kva_of(next);
	prev->next = next->prev = kva_of(n);
}

/* Insert right after @head; right before it (at the tail). */
static inline void list_add(struct list_head *n, struct list_head *head)
{
	list_insert_between(n, head, list_next(head));
}

static inline void list_add_tail(struct list_head *n, struct list_head *head)
{
	list_insert_between(n, list_prev(head), head);
}

static inline void list_del(struct list_head *n)
{
	struct list_head *prev = list_prev(n), *next = list_next(n);

	prev->next = n->next;
	next->prev = n->prev;
	n->next = n->prev = 0;
}

static inline void list_del_init(struct list_head *n)
{
	list_del(n);
	INIT_LIST_HEAD(n);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) list_entry(list_next(head), type, member)

/* The link inside @pos; @pos itself may be none, where the link is a list's head. */
#define list_link(pos, member) \
	((struct list_head *)((char *)(pos) + offsetof(__typeof__(*(pos)), member)))

#define list_for_each_entry(pos, head, member)                       \
	for (pos = list_first_entry(head, __typeof__(*pos), member); \
	     list_link(pos, member) != (head);                       \
	     pos = list_entry(list_next(list_link(pos, member)), __typeof__(*pos), member))

/* The same, where the body may delete @pos. */
#define list_for_each_entry_safe(pos, n, head, member)                                   \
	for (pos = list_first_entry(head, __typeof__(*pos), member),                     \
	    n = list_entry(list_next(list_link(pos, member)), __typeof__(*pos), member); \
	     list_link(pos, member) != (head);                                           \
	     pos = n, n = list_entry(list_next(list_link(n, member)), __typeof__(*n), member))
