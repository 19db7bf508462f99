/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Diagnostics: one line to stderr, with the name the binary was called by. */
#include <stdio.h>

#include "base/base.h"

int base_verbosity;
const char *base_progname = "skep";

static unsigned complaints;

static void say(const char *severity, const char *fmt, va_list ap)
{
	struct buf line = {0};

	buf_printf(&line, "%s: %s", base_progname, severity);
	buf_vprintf(&line, fmt, ap);
	buf_putc(&line, '\n');
	fwrite(line.p, 1, line.len, stderr);
	buf_free(&line);
}

int fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
	complaints++;
	return -err;
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", fmt, ap);
	va_end(ap);
	complaints++;
}

void note(const char *fmt, ...)
{
	va_list ap;

	if (base_verbosity < 1)
		return;
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

unsigned base_complaints(void)
{
	return complaints;
}
