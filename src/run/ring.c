/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A consumer of BPF_MAP_TYPE_RINGBUF of our own. libbpf maps the whole ring twice, which counts all of
 * it as resident memory from the start; here address space is reserved for ring and mirror, and
 * pieces are mapped when the first record lies in them. Nothing is waited for: the session looks when
 * it wants to.
 *
 * Layout (kernel/bpf/ringbuf.c): page 0 the consumer's position (ours to write), page 1 the
 * producer's, then the data. A record is an 8-byte header (length, two flag bits on top) and its
 * bytes, rounded up to 8; one that ends behind the ring's end goes on at its beginning.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "run/run_int.h"

#define PIECE (128u << 10)
#define PUBLISH_EVERY 32 /* records between telling the kernel how far we are */

struct ring {
	int fd;
	size_t page, size, piece;
	unsigned piece_shift;
	unsigned long *consumer;
	const unsigned long *producer;
	char *data;          /* 2 × size of address space: the ring and its mirror */
	bool *mapped;        /* which pieces of it are there */
};

static void *map_part(const struct ring *r, void *at, size_t len, int prot, off_t offset)
{
	return mmap(at, len, prot, MAP_SHARED | (at ? MAP_FIXED : 0), r->fd, offset);
}

int ring_open(struct bpf_map *map, struct ring **ring)
{
	struct ring *r = xalloc(sizeof(*r));
	int err;

	r->fd = bpf_map__fd(map);
	r->page = sysconf(_SC_PAGESIZE);
	r->size = bpf_map__max_entries(map);
	r->piece = r->size < PIECE ? r->size : PIECE;
	r->piece_shift = __builtin_ctzl(r->piece);
	r->mapped = xalloc(2 * r->size / r->piece);
	r->consumer = map_part(r, NULL, r->page, PROT_READ | PROT_WRITE, 0);
	r->producer = map_part(r, NULL, r->page, PROT_READ, r->page);
	r->data = mmap(NULL, 2 * r->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r->consumer == MAP_FAILED || r->producer == MAP_FAILED || r->data == MAP_FAILED) {
		err = -errno;
		ring_close(r);
		return err;
	}
	*ring = r;
	return 0;
}

static bool map_pieces(struct ring *r, size_t first, size_t last)
{
	for (size_t i = first; i <= last; i++) {
		if (r->mapped[i])
			continue;
		if (map_part(r, r->data + i * r->piece, r->piece, PROT_READ,
			     2 * r->page + i * r->piece % r->size) == MAP_FAILED)
			return false;
		r->mapped[i] = true;
	}
	return true;
}

/* Makes sure the bytes [at, at + len) of ring and mirror can be read. */
static inline bool reach(struct ring *r, size_t at, size_t len)
{
	size_t first = at >> r->piece_shift, last = (at + len - 1) >> r->piece_shift;

	return (r->mapped[first] && first == last) || map_pieces(r, first, last);
}

size_t ring_drain(struct ring *r, bool (*fn)(void *ctx, const void *rec, size_t len), void *ctx)
{
	unsigned long at = __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE);
	unsigned long end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	size_t n = 0;
	bool more = true;

	while (more && at < end) {
		size_t offset = at & (r->size - 1), len;
		uint32_t header;

		if (!reach(r, offset, 8))
			break;
		header = __atomic_load_n((uint32_t *)(r->data + offset), __ATOMIC_ACQUIRE);
		if (header & BPF_RINGBUF_BUSY_BIT)
			break;
		len = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
			if (len && !reach(r, offset + BPF_RINGBUF_HDR_SZ, len))
				break;
			more = fn(ctx, r->data + offset + BPF_RINGBUF_HDR_SZ, len);
			n++;
		}
		at += (len + BPF_RINGBUF_HDR_SZ + 7) & ~7ul;
		if (n % PUBLISH_EVERY == 0)
			__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
	}
	__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
	return n;
}

uint64_t ring_pending(const struct ring *r)
{
	return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE) - __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE);
}

void ring_close(struct ring *r)
{
	if (!r)
		return;
	if (r->consumer && r->consumer != MAP_FAILED)
		munmap(r->consumer, r->page);
	if (r->producer && r->producer != MAP_FAILED)
		munmap((void *)r->producer, r->page);
	if (r->data && r->data != MAP_FAILED)
		munmap(r->data, 2 * r->size);
	free(r->mapped);
	free(r);
}
