/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Perf event arrays, through libbpf's perf_buffer. No wake-up a record: the kernel wakes us when a
 * buffer is half full, and the session looks by itself. What the kernel could not store it counts.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/run_int.h"

struct perfbuf {
	struct perf_buffer *pb;
	bool (*fn)(void *ctx, const void *rec, size_t len);
	void *ctx;
	size_t seen;
	uint64_t lost;
	bool stop;
};

struct sample {
	struct perf_event_header header;
	uint32_t size;
	char data[];
};

struct lost {
	struct perf_event_header header;
	uint64_t id, lost;
};

static enum bpf_perf_event_ret on_event(void *ctx, int cpu, struct perf_event_header *event)
{
	struct perfbuf *p = ctx;

	if (event->type == PERF_RECORD_LOST) {
		p->lost += ((struct lost *)event)->lost;
	} else if (event->type == PERF_RECORD_SAMPLE && p->fn && !p->stop) {
		struct sample *s = (struct sample *)event;

		p->seen++;
		p->stop = !p->fn(p->ctx, s->data, s->size);
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static size_t pages_for(size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE), n = 1;

	while (n * page < bytes && n < 4096)
		n *= 2;
	return n;
}

int perfbuf_open(struct bpf_map *map, size_t bytes, struct perfbuf **out)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
	};
	struct perfbuf *p = xalloc(sizeof(*p));

	p->pb = perf_buffer__new_raw(bpf_map__fd(map), pages_for(bytes), &attr, on_event, p, NULL);
	if (!p->pb) {
		free(p);
		return -errno;
	}
	*out = p;
	return 0;
}

size_t perfbuf_drain(struct perfbuf *p, bool (*fn)(void *ctx, const void *rec, size_t len), void *ctx)
{
	p->fn = fn;
	p->ctx = ctx;
	p->seen = 0;
	p->stop = false;
	perf_buffer__consume(p->pb);
	return p->seen;
}

uint64_t perfbuf_lost(const struct perfbuf *p)
{
	return p->lost;
}

void perfbuf_close(struct perfbuf *p)
{
	if (!p)
		return;
	perf_buffer__free(p->pb);
	free(p);
}
