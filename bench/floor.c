/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * floor OBJECT tracepoint|raw_tp [PID]: loads floor.bpf.o, prints "pid comm path" lines, looks into
 * the ring every millisecond. On stderr at the end: lost=N.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.h"

static volatile sig_atomic_t over;

static void end(int sig)
{
	over = 1;
}

static int show(void *ctx, void *data, size_t size)
{
	const struct floor_event *e = data;

	printf("%d %s %s\n", e->pid, e->comm, e->path);
	return 0;
}

static void give_target(struct bpf_object *obj, const char *pid)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, ".rodata");
	int value = pid ? atoi(pid) : 0;

	if (map)
		bpf_map__set_initial_value(map, &value, sizeof(value));
}

static unsigned long long lost(struct bpf_object *obj)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, ".bss");
	unsigned long long value = 0;
	int zero = 0;

	if (map)
		bpf_map_lookup_elem(bpf_map__fd(map), &zero, &value);
	return value;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct bpf_link *link;
	struct ring_buffer *ring;
	char name[64];

	if (argc < 3)
		return 2;
	obj = bpf_object__open_file(argv[1], NULL);
	snprintf(name, sizeof(name), "floor_%s", argv[2]);
	prog = obj ? bpf_object__find_program_by_name(obj, name) : NULL;
	if (!prog)
		return 1;
	bpf_program__set_autoload(prog, true);
	give_target(obj, argv[3]);
	if (bpf_object__load(obj))
		return 1;
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(obj, "events"), show, NULL, NULL);
	link = bpf_program__attach(prog);
	if (!ring || !link)
		return 1;
	signal(SIGINT, end);
	printf("PID COMM PATH\n");
	fflush(stdout);
	while (!over) {
		if (ring_buffer__consume(ring) == 0) {
			fflush(stdout);
			usleep(1000);
		}
	}
	bpf_link__destroy(link);
	ring_buffer__consume(ring);
	fflush(stdout);
	fprintf(stderr, "lost=%llu\n", lost(obj));
	return 0;
}
