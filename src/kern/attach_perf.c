/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kind perf_event: sampling by the CPU's counters, or by the software clock where there are none.
 * System-wide: one event on every online CPU. With a pid: one on each of its threads, inherited by
 * what they start.
 */
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/attach.h"

#define DEFAULT_FREQUENCY 49 /* not in step with timers at 50 or 100 Hz */

#define CACHE(cache, op, result)                                          \
	(PERF_COUNT_HW_CACHE_##cache | PERF_COUNT_HW_CACHE_OP_##op << 8 | \
	 PERF_COUNT_HW_CACHE_RESULT_##result << 16)

/* Names as perf(1) has them. */
static const struct event {
	const char *name;
	uint32_t type;
	uint64_t config;
} events[] = {
	{"cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK},
	{"task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
	{"page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
	{"faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
	{"minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN},
	{"major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ},
	{"context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
	{"cs", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
	{"cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
	{"migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
	{"alignment-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS},
	{"emulation-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS},
	{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"cpu-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
	{"cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
	{"cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
	{"branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
	{"branch-instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
	{"branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
	{"bus-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES},
	{"ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES},
	{"stalled-cycles-frontend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
	{"stalled-cycles-backend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
	{"L1-dcache-loads", PERF_TYPE_HW_CACHE, CACHE(L1D, READ, ACCESS)},
	{"L1-dcache-load-misses", PERF_TYPE_HW_CACHE, CACHE(L1D, READ, MISS)},
	{"L1-dcache-stores", PERF_TYPE_HW_CACHE, CACHE(L1D, WRITE, ACCESS)},
	{"L1-icache-load-misses", PERF_TYPE_HW_CACHE, CACHE(L1I, READ, MISS)},
	{"LLC-loads", PERF_TYPE_HW_CACHE, CACHE(LL, READ, ACCESS)},
	{"LLC-load-misses", PERF_TYPE_HW_CACHE, CACHE(LL, READ, MISS)},
	{"LLC-stores", PERF_TYPE_HW_CACHE, CACHE(LL, WRITE, ACCESS)},
	{"LLC-store-misses", PERF_TYPE_HW_CACHE, CACHE(LL, WRITE, MISS)},
	{"dTLB-loads", PERF_TYPE_HW_CACHE, CACHE(DTLB, READ, ACCESS)},
	{"dTLB-load-misses", PERF_TYPE_HW_CACHE, CACHE(DTLB, READ, MISS)},
	{"iTLB-load-misses", PERF_TYPE_HW_CACHE, CACHE(ITLB, READ, MISS)},
};

static const struct event *event_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (strcasecmp(events[i].name, name) == 0)
			return &events[i];
	return NULL;
}

static const char *event_closest(const char *name)
{
	const char *names[ARRAY_SIZE(events)];

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		names[i] = events[i].name;
	return str_closest(name, names, ARRAY_SIZE(names));
}

/* Asked by option, else by the section, else cycles or the software clock. NULL: the default. */
static const char *event_name(const char *sec, const struct kern_target *t)
{
	const char *target = kern_sec_target(sec);

	if (t->event && *t->event)
		return t->event;
	return *target ? target : NULL;
}

/* The event's type and config; an unknown name gives -EINVAL. "r1a8" is a raw counter. */
static int event_fill(const char *name, struct perf_event_attr *attr)
{
	const struct event *e;
	char *end;

	if (!name)
		name = kern_has(KERN_PERF_HW) ? "cycles" : "cpu-clock";
	e = event_find(name);
	if (e) {
		attr->type = e->type;
		attr->config = e->config;
		return 0;
	}
	if (name[0] != 'r' || !name[1])
		return -EINVAL;
	attr->type = PERF_TYPE_RAW;
	attr->config = strtoull(name + 1, &end, 16);
	return *end ? -EINVAL : 0;
}

static int perf_can(const char *sec, const struct kern_target *t, char *why, size_t size)
{
	const char *name = event_name(sec, t), *closest;
	struct perf_event_attr attr = {0};

	if (event_fill(name, &attr)) {
		closest = event_closest(name);
		return kern_cannot(why, size, EINVAL, "there is no event \"%s\"%s%s", name,
				   closest ? "; did you mean " : "", closest ? closest : "");
	}
	if (attr.type == PERF_TYPE_SOFTWARE || kern_has(KERN_PERF_HW))
		return 0;
	return kern_cannot(why, size, ENOENT, "event %s: %s", name, kern_why_not(KERN_PERF_HW));
}

/* "0-3,5": calls open_one for each number. */
static int each_cpu(int (*open_one)(int cpu, void *ctx), void *ctx)
{
	struct buf list = {0};
	int err = file_read("/sys/devices/system/cpu/online", 1 << 16, &list);
	char *s = err ? NULL : list.p;

	while (s && *s && !err) {
		long from = strtol(s, &s, 10), to = from;

		if (*s == '-')
			to = strtol(s + 1, &s, 10);
		for (long cpu = from; cpu <= to && !err; cpu++)
			err = open_one(cpu, ctx);
		if (*s != ',')
			break;
		s++;
	}
	buf_free(&list);
	return err;
}

struct sampling {
	struct perf_event_attr attr;
	struct kern_link *link;
	int prog_fd, n;
};

static int sample_on(struct sampling *s, pid_t pid, int cpu)
{
	int fd = kern_perf_open(&s->attr, pid, cpu);

	if (fd < 0)
		return fd;
	s->n++;
	return kern_perf_attach(s->link, s->prog_fd, fd);
}

/* A CPU that went offline a moment ago is none to sample. */
static int sample_cpu(int cpu, void *ctx)
{
	int err = sample_on(ctx, -1, cpu);

	return err == -ENODEV ? 0 : err;
}

static int sample_process(struct sampling *s, pid_t pid)
{
	char *path = xasprintf("/proc/%d/task", pid);
	DIR *dir = opendir(path);
	struct dirent *e;
	int err = dir ? 0 : -ESRCH;

	free(path);
	while (dir && !err && (e = readdir(dir))) {
		pid_t tid = atoi(e->d_name);

		if (tid > 0)
			err = sample_on(s, tid, -1);
		if (err == -ESRCH)
			err = 0; /* the thread has ended meanwhile */
	}
	if (dir)
		closedir(dir);
	return err || s->n ? err : -ESRCH;
}

static void sampling_rate(struct perf_event_attr *attr, const struct kern_target *t)
{
	if (t->period && !t->frequency) {
		attr->sample_period = t->period;
		return;
	}
	attr->freq = 1;
	attr->sample_freq = t->frequency ? t->frequency : DEFAULT_FREQUENCY;
}

static int perf_attach(struct bpf_program *prog, const char *sec, const struct kern_target *t,
		       struct kern_link *link)
{
	const char *name = event_name(sec, t);
	struct sampling s = {.link = link, .prog_fd = bpf_program__fd(prog)};
	char why[300];
	int err;

	if (perf_can(sec, t, why, sizeof(why)))
		return fail(EINVAL, "program %s: %s", bpf_program__name(prog), why);
	event_fill(name, &s.attr);
	if (!name)
		name = s.attr.type == PERF_TYPE_SOFTWARE ? "cpu-clock" : "cycles";
	sampling_rate(&s.attr, t);
	s.attr.disabled = 1;
	s.attr.inherit = t->pid > 0;
	err = t->pid > 0 ? sample_process(&s, t->pid) : each_cpu(sample_cpu, &s);
	if (err)
		return kern_attach_fail(prog, err,
					err == -ESRCH ? "there is no such process" : NULL,
					"event %s", name);
	if (s.attr.freq)
		kern_link_say(link, "%s at %llu Hz", name, (unsigned long long)s.attr.sample_freq);
	else
		kern_link_say(link, "%s, one in %llu", name,
			      (unsigned long long)s.attr.sample_period);
	return 0;
}

const struct kern_attach_kind kern_attach_perf[] = {
	{"perf_event", {"perf_event+"}, KERN_PERF_SW, perf_can, perf_attach, NULL},
	{0},
};
