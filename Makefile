# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# skep: one static binary. `make` builds build/skep; `make run`, `make test`, `make bench`, `make
# install` do their own set-up (scripts/deps.sh). A tool, command, format or attach kind is one file;
# the lists the binary needs are written from the folders (build/gen/*.def).

PREFIX ?= /usr/local
DESTDIR ?=
CC = gcc
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
VERSION := $(shell cat VERSION)

# B: the build folder; SAN=1 builds the same sources with AddressSanitizer and UBSan (dynamic: a
# static binary cannot carry them) into build/asan.
ifdef SAN
B = build/asan
MODE_CFLAGS = -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
MODE_LIBS = -Wl,-Bstatic -lbpf -Wl,-Bdynamic -lelf -lz
else
B = build
MODE_CFLAGS = -O2 -ffunction-sections -fdata-sections
MODE_LIBS = -static -Wl,--gc-sections -lbpf -lelf -lz
endif

CFLAGS ?= -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -Wstrict-prototypes -Wmissing-prototypes \
	$(MODE_CFLAGS) $(CFLAGS) -Isrc -I$(B)/gen -DSKEP_VERSION='"$(VERSION)"'
# libbpf asks for the kernel's BTF and makes system calls through these two; ours stand in between.
WRAP = -Wl,--wrap=syscall,--wrap=btf__load_vmlinux_btf

ARCH := $(shell uname -m | sed 's/x86_64/x86/;s/aarch64/arm64/')
BPF_CFLAGS = -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Itools/include -Wall -Werror \
	-Wno-unused-function -Wno-missing-declarations -idirafter /usr/include/$(shell uname -m)-linux-gnu

SRCS := $(filter-out %.bpf.c,$(sort $(wildcard src/*/*.c)))
LIB_OBJS := $(patsubst src/%.c,$(B)/obj/%.o,$(filter-out src/cmd/main.c,$(SRCS)))
MAIN_OBJ := $(B)/obj/cmd/main.o
TOOLS := $(patsubst tools/%.bpf.c,%,$(filter-out tools/template.bpf.c,$(sort $(wildcard tools/*.bpf.c))))
TOOL_OBJS := $(TOOLS:%=$(B)/tools/%.bpf.o)
# Objects skep itself runs beside the user's (the reader of bpf_printk lines).
PARTS := $(patsubst src/run/%.bpf.c,%,$(wildcard src/run/*.bpf.c))
PART_OBJS := $(PARTS:%=$(B)/parts/%.bpf.o)
GEN = $(B)/gen/tools.def $(B)/gen/cmds.def $(B)/gen/formats.def $(B)/gen/attach.def

.PHONY: all run test bench guests install clean deps lint fuzz
all: $(B)/skep

$(B)/skep: $(LIB_OBJS) $(MAIN_OBJ) $(B)/obj/embed.o
	$(CC) $(MODE_CFLAGS) $(CFLAGS) -o $@ $^ $(WRAP) $(MODE_LIBS)
ifndef SAN
	strip -o $@.tmp $@ && mv $@ $@.debug && mv $@.tmp $@
endif

$(B)/obj/%.o: src/%.c $(GEN) | deps
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tools/%.bpf.o: tools/%.bpf.c | deps
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(B)/tools/$*.d -c -o $@ $<
	$(LLVM_STRIP) -g $@

$(B)/parts/%.bpf.o: src/run/%.bpf.c | deps
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(B)/parts/$*.d -c -o $@ $<
	$(LLVM_STRIP) -g $@

# The lists. Each is rewritten only when it changes, so that adding a file is all it takes.
define list
	@mkdir -p $(@D)
	@{ echo "/* written by make from the folder */"; $(1); } > $@.tmp
	@if cmp -s $@.tmp $@; then rm $@.tmp; else mv $@.tmp $@; fi
endef
.PHONY: FORCE
$(B)/gen/tools.def: FORCE
	$(call list,for t in $(TOOLS); do echo "TOOL($$t)"; done)
$(B)/gen/cmds.def: FORCE
	$(call list,for f in $(sort $(wildcard src/cmd/*.c)); do n=$$(basename $$f .c); [ $$n = main ] || echo "CMD($$n)"; done)
$(B)/gen/formats.def: FORCE
	$(call list,for f in $(sort $(wildcard src/out/format_*.c)); do n=$$(basename $$f .c); echo "FORMAT($${n#format_})"; done)
$(B)/gen/attach.def: FORCE
	$(call list,for f in $(sort $(wildcard src/kern/attach_*.c)); do n=$$(basename $$f .c); echo "ATTACH($${n#attach_})"; done)

# Everything carried inside the binary, by .incbin: tools, parts, headers for `skep run x.bpf.c`.
$(B)/gen/embed.S: $(TOOL_OBJS) $(PART_OBJS) $(B)/gen/headers.z scripts/embed.sh $(GEN)
	scripts/embed.sh $(B) "$(TOOLS)" "$(PARTS)" > $@
$(B)/obj/embed.o: $(B)/gen/embed.S
	@mkdir -p $(@D)
	$(CC) -c -o $@ $<
$(B)/gen/headers.z: scripts/headers.sh tools/include/skep.bpf.h tools/include/kernel.h | deps
	@mkdir -p $(@D)
	scripts/headers.sh $@

deps:
	@scripts/deps.sh build

run: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@scripts/run.sh $(B)/skep

test: deps
	@scripts/deps.sh test
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/run.sh

guests: deps
	@scripts/deps.sh test
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/run.sh guests

bench: deps
	@scripts/deps.sh bench
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@bench/run.sh

# Man page and completion are printed by the binary itself, from what the tools say of themselves.
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/include/skep \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $(B)/skep $(DESTDIR)$(PREFIX)/bin/skep
	install -m 644 tools/include/skep.bpf.h tools/include/kernel.h $(DESTDIR)$(PREFIX)/include/skep
	$(B)/skep man > $(DESTDIR)$(PREFIX)/share/man/man1/skep.1
	$(B)/skep completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/skep
	$(B)/skep completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_skep
	$(B)/skep completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/skep.fish

lint:
	@tests/lint.sh

# ---- tests: programs that tests/run.sh asks for -------------------------------------------------
# The helpers are static and free of sanitizers: they also run in the guests.
UNITS := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c)))
EXAMPLES := $(patsubst examples/%.bpf.c,%,$(sort $(wildcard examples/*.bpf.c)))
PROGS := $(patsubst tests/progs/%.bpf.c,%,$(sort $(wildcard tests/progs/*.bpf.c)))
TEST_CFLAGS = -std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter
.PHONY: test-load test-unit test-fuzz test-examples
test-load: build/tests/load build/tests/within build/tests/leftovers
test-unit: $(UNITS:%=$(B)/tests/unit/%)
test-fuzz: $(FUZZERS:%=$(B)/tests/fuzz/%)
test-examples: $(EXAMPLES:%=$(B)/examples/%.bpf.o) $(PROGS:%=$(B)/tests/progs/%.bpf.o)

build/tests/load: $(wildcard tests/load/load*.c) tests/load/load.h | deps
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -static -pthread -o $@ $(filter %.c,$^)
build/tests/%: tests/load/%.c | deps
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -static -o $@ $<
$(B)/tests/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(LIB_OBJS) $(B)/obj/embed.o
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests/unit -o $@ $< $(LIB_OBJS) $(B)/obj/embed.o $(WRAP) $(MODE_LIBS)
$(B)/tests/fuzz/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h) $(LIB_OBJS) $(B)/obj/embed.o
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests/fuzz -o $@ $< $(LIB_OBJS) $(B)/obj/embed.o $(WRAP) $(MODE_LIBS)

# The examples and the tests' own programs as objects, for guests, which have no compiler.
$(B)/examples/%.bpf.o: examples/%.bpf.c $(B)/skep
	@mkdir -p $(@D)
	$(B)/skep build $< -o $@
	$(LLVM_STRIP) -g $@
$(B)/tests/progs/%.bpf.o: tests/progs/%.bpf.c $(B)/skep
	@mkdir -p $(@D)
	$(B)/skep build $< -o $@
	$(LLVM_STRIP) -g $@

clean:
	rm -rf build

-include $(LIB_OBJS:.o=.d) $(MAIN_OBJ:.o=.d) $(wildcard $(B)/tools/*.d) $(wildcard $(B)/parts/*.d)
