/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* object_check(): accepts what compilers make, and says of damaged copies what is wrong with them. */
#include <elf.h>
#include <errno.h>
#include <glob.h>
#include <linux/btf.h>

#include "base/base.h"
#include "object/object.h"
#include "test.h"

#define SEEDS "tests/fuzz/corpus/object/"

static struct buf object;

static bool load(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), SEEDS "%s.o", name);
	buf_free(&object);
	return file_read(path, OBJECT_MAX_SIZE, &object) == 0;
}

static Elf64_Ehdr *header(void)
{
	return (Elf64_Ehdr *)object.p;
}

static Elf64_Shdr *section(const char *name)
{
	Elf64_Shdr *sh = (Elf64_Shdr *)(object.p + header()->e_shoff);

	for (int i = 1; i < header()->e_shnum; i++)
		if (!strcmp(object.p + sh[header()->e_shstrndx].sh_offset + sh[i].sh_name, name))
			return &sh[i];
	return NULL;
}

static void *bytes_of(const char *name)
{
	return object.p + section(name)->sh_offset;
}

static int check(void)
{
	return object_check("x", object.p, object.len);
}

/* The first type of a kind in .BTF; enough for the seeds, whose first types have no extra data but
 * what is skipped here. */
static struct btf_type *type_of_kind(unsigned int kind)
{
	struct btf_header *h = bytes_of(".BTF");
	char *p = (char *)h + h->hdr_len + h->type_off, *end = p + h->type_len;

	while (p < end) {
		struct btf_type *t = (void *)p;
		unsigned int vlen = BTF_INFO_VLEN(t->info);

		if (BTF_INFO_KIND(t->info) == kind)
			return t;
		p += sizeof(*t);
		switch (BTF_INFO_KIND(t->info)) {
		case BTF_KIND_INT:
		case BTF_KIND_VAR:
		case BTF_KIND_DECL_TAG:
			p += 4;
			break;
		case BTF_KIND_ARRAY:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_DATASEC:
			p += 12 * (BTF_INFO_KIND(t->info) == BTF_KIND_ARRAY ? 1 : vlen);
			break;
		case BTF_KIND_ENUM:
		case BTF_KIND_FUNC_PROTO:
			p += 8 * vlen;
			break;
		}
	}
	return NULL;
}

TEST(seeds_are_accepted)
{
	static const char *const seeds[] = {"minimal", "printk", "options", "maps", "inner_maps",
					    "tail_calls", "functions", "core", "externs",
					    "struct_ops", "tags", "types", "dwarf"};

	for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
		CHECK(load(seeds[i]));
		CHECK_INT(check(), 0);
	}
	CHECK_STR(stderr_text(), "");
}

/* Each of these hurt libbpf or skep once. */
TEST(bad_ones_are_refused)
{
	glob_t found;

	CHECK_INT(glob(SEEDS "bad_*.o", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		buf_free(&object);
		CHECK_INT(file_read(found.gl_pathv[i], OBJECT_MAX_SIZE, &object), 0);
		CHECK_INT(check(), -EINVAL);
		CHECK_HAS(stderr_text(), "x: broken object: ");
	}
	globfree(&found);
}

TEST(every_cut_is_refused)
{
	CHECK(load("options"));
	for (size_t len = 0; len < object.len; len++)
		CHECK_INT(object_check("x", object.p, len), -EINVAL);
}

/* No damage of one byte makes it crash, and a refusal comes with exactly one message. */
TEST(every_byte_may_be_wrong)
{
	static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

	CHECK(load("maps"));
	for (size_t i = 0; i < object.len; i++) {
		char was = object.p[i];

		for (size_t k = 0; k < sizeof(values); k++) {
			unsigned int before = base_complaints();
			int err;

			object.p[i] = values[k];
			err = check();
			CHECK(err == 0 || err == -EINVAL);
			CHECK_INT(base_complaints() - before, err ? 1 : 0);
		}
		object.p[i] = was;
	}
	CHECK_INT(check(), 0);
}

TEST(header)
{
	CHECK(load("minimal"));
	header()->e_machine = EM_X86_64;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "machine 62, not BPF");
	header()->e_machine = EM_NONE;
	CHECK_INT(check(), 0);
	header()->e_ident[EI_DATA] = ELFDATA2MSB;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "byte order");
	header()->e_ident[EI_DATA] = ELFDATA2LSB;
	header()->e_shoff = object.len;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "section table");
}

TEST(sections)
{
	CHECK(load("maps"));
	section(".maps")->sh_size = object.len;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "not inside the file");
	CHECK(load("maps"));
	section("license")->sh_size = 1;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "license");
	CHECK(load("maps"));
	section("license")->sh_type = SHT_NOBITS;
	CHECK_INT(check(), -EINVAL);
	CHECK(load("options"));
	section(".bss")->sh_size = 1ull << 40;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "zeroes");
	CHECK(load("maps"));
	section(".symtab")->sh_type = SHT_PROGBITS;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "no symbols");
}

TEST(symbols_and_relocations)
{
	CHECK(load("maps"));
	((Elf64_Sym *)bytes_of(".symtab"))[1].st_shndx = header()->e_shnum;
	CHECK_INT(check(), -EINVAL);
	CHECK(load("maps"));
	((Elf64_Sym *)bytes_of(".symtab"))[1].st_value = ~0ull;
	CHECK_INT(check(), -EINVAL);
	CHECK(load("maps"));
	((Elf64_Rel *)bytes_of(".relkprobe/do_unlinkat"))->r_offset += 4;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "between two instructions");
	CHECK(load("maps"));
	((Elf64_Rel *)bytes_of(".relkprobe/do_unlinkat"))->r_info = ELF64_R_INFO(1000, 1);
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "symbol 1000");
}

/* libbpf would write the second half of the load behind the program. */
TEST(half_a_wide_load_at_the_end)
{
	Elf64_Shdr *code;

	CHECK(load("minimal"));
	code = section("tp/syscalls/sys_enter_write");
	CHECK(code);
	object.p[code->sh_offset + code->sh_size - 8] = 0x18;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "ends inside an instruction");
}

TEST(types_that_do_not_end)
{
	for (unsigned int id = 1; id < 64; id++) {
		CHECK(load("types"));
		type_of_kind(BTF_KIND_CONST)->type = id;
		/* One of these ids is the const itself. */
		if (check() && strstr(stderr_text(), "contains itself"))
			return;
	}
	CHECK(!"a const of itself was accepted");
}

TEST(types_out_of_range)
{
	CHECK(load("types"));
	type_of_kind(BTF_KIND_PTR)->type = 100000;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "refers to nothing");
	CHECK(load("types"));
	type_of_kind(BTF_KIND_STRUCT)->size = 4;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "ends outside it");
	CHECK(load("options"));
	((struct btf_var_secinfo *)(type_of_kind(BTF_KIND_DATASEC) + 1))->size = 4096;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "ends outside section");
}

TEST(records_of_btf_ext)
{
	uint32_t *ext;

	CHECK(load("core"));
	ext = bytes_of(".BTF.ext");
	ext[7] = 1 << 20; /* length of the CO-RE records */
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "CO-RE records are not inside");
	CHECK(load("core"));
	ext = bytes_of(".BTF.ext");
	ext = (void *)((char *)ext + ext[1] + ext[6]); /* record size, section, count, first record */
	ext[3] = 4;
	CHECK_INT(check(), -EINVAL);
	CHECK_HAS(stderr_text(), "for no instruction");
}
