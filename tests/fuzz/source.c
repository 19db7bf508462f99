/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzz target: bytes as C source → what the front reads off it without a compiler: tokens,
 * annotations with their JSON, types of records.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "front/front.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int fd = -1;
	struct object_notes notes = {0};
	char path[32];

	if (fd < 0)
		fd = memfd_create("source", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, len, 0) != (ssize_t)len)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	front_annotations(path, &notes);
	notes_free(&notes);
	return 0;
}

#ifndef FUZZING
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct buf b = {0};

		if (file_read(argv[i], 1 << 20, &b) == 0)
			LLVMFuzzerTestOneInput((void *)b.p, b.len);
		buf_free(&b);
	}
	printf("%d inputs replayed\n", argc - 1);
	return 0;
}
#endif
