/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a function of a user program lies: name → file, symbol → offset in the file.
 *
 * A probe is set on an offset in a file, so a symbol's address is taken back through the program
 * header that maps it. Files are read by libelf, which checks their headers.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kern/attach.h"
#include "kern/kern.h"

#define MAX_MATCHES 100000 /* functions of one file a glob may stand for */

/* ---- names → files
 * --------------------------------------------------------------------------------- */

static const char *const library_folders[] = {
#if defined(__x86_64__)
	"/lib/x86_64-linux-gnu",
	"/usr/lib/x86_64-linux-gnu",
#elif defined(__aarch64__)
	"/lib/aarch64-linux-gnu",
	"/usr/lib/aarch64-linux-gnu",
#endif
	"/lib64",
	"/usr/lib64",
	"/lib",
	"/usr/lib",
	"/usr/local/lib64",
	"/usr/local/lib",
};

/* Does the process see the files we see? */
static bool same_files(pid_t pid)
{
	char *root = xasprintf("/proc/%d/root", pid), *ns = xasprintf("/proc/%d/ns/mnt", pid);
	struct stat a, b, c, d;
	bool same = stat(root, &a) == 0 && stat("/", &b) == 0 && stat(ns, &c) == 0 &&
		    stat("/proc/self/ns/mnt", &d) == 0 && a.st_dev == b.st_dev &&
		    a.st_ino == b.st_ino && c.st_ino == d.st_ino;

	free(root);
	free(ns);
	return same;
}

/* The path by which we reach what the process sees; heap. */
static char *seen_by(const char *path, pid_t pid)
{
	return pid > 0 && !same_files(pid) ? xasprintf("/proc/%d/root%s", pid, path)
					   : xstrdup(path);
}

/* Heap; NULL when the file is not there. */
static char *readable(const char *path, pid_t pid)
{
	char *p = seen_by(path, pid);

	if (access(p, R_OK) == 0)
		return p;
	free(p);
	return NULL;
}

/* `list` is colon-separated like PATH. */
static char *search_list(const char *list, const char *name, pid_t pid)
{
	while (list && *list) {
		size_t n = strcspn(list, ":");
		char *path = xasprintf("%.*s/%s", (int)n, list, name), *found;

		found = *path == '/' ? readable(path, pid) : NULL;
		free(path);
		if (found)
			return found;
		list += n + (list[n] == ':');
	}
	return NULL;
}

/* "libc" or "c": the first file "libc.so*" in the folder, the shortest name first. */
static char *search_soname(const char *folder, const char *name, pid_t pid)
{
	char *want = xasprintf("%s%s.so", str_starts(name, "lib") ? "" : "lib", name), *best = NULL;
	char *root = seen_by(folder, pid), *path;
	DIR *dir = opendir(root);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		/* "libc.so" is often the linker's text; the run-time's name has a number behind. */
		if (!str_starts(e->d_name, want) || e->d_name[strlen(want)] != '.')
			continue;
		if (best && strlen(best) <= strlen(e->d_name))
			continue;
		free(best);
		best = xstrdup(e->d_name);
	}
	if (dir)
		closedir(dir);
	path = best ? xasprintf("%s/%s", root, best) : NULL;
	free(best);
	free(root);
	free(want);
	return path;
}

static char *search_libraries(const char *name, pid_t pid)
{
	char *found = search_list(getenv("LD_LIBRARY_PATH"), name, pid);

	for (size_t i = 0; !found && i < ARRAY_SIZE(library_folders); i++)
		found = search_list(library_folders[i], name, pid);
	return found;
}

static char *search_bare(const char *name, pid_t pid)
{
	char *found = NULL;

	if (strstr(name, ".so"))
		return search_libraries(name, pid);
	found = search_list(getenv("PATH"), name, pid);
	if (!found)
		found = search_list("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
				    name, pid);
	for (size_t i = 0; !found && i < ARRAY_SIZE(library_folders); i++)
		found = search_soname(library_folders[i], name, pid);
	return found;
}

static char *find_in(const char *name, pid_t pid)
{
	if (*name == '/')
		return readable(name, pid);
	return strchr(name, '/') ? readable(name, 0) : search_bare(name, pid);
}

int kern_binary_find(const char *name, pid_t pid, char **path)
{
	*path = NULL;
	if (pid > 0 && !*name)
		*path = xasprintf("/proc/%d/exe", pid);
	else if (pid > 0)
		*path = find_in(name, pid);
	if (!*path)
		*path = find_in(name, 0);
	return *path ? 0 : -ENOENT;
}

/* ---- symbols
 * ----------------------------------------------------------------------------------------- */

struct elf_file {
	int fd;
	Elf *elf;
};

static int file_open(struct elf_file *file, const char *path)
{
	GElf_Ehdr ehdr;

	elf_version(EV_CURRENT);
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return -errno;
	file->elf = elf_begin(file->fd, ELF_C_READ_MMAP, NULL);
	if (file->elf && elf_kind(file->elf) == ELF_K_ELF && gelf_getehdr(file->elf, &ehdr))
		return 0;
	elf_end(file->elf);
	close(file->fd);
	return -ENOEXEC;
}

static void file_close(struct elf_file *file)
{
	elf_end(file->elf);
	close(file->fd);
}

static int address_to_offset(Elf *elf, uint64_t address, uint64_t *offset)
{
	GElf_Phdr ph;
	size_t n;

	if (elf_getphdrnum(elf, &n))
		return -ENOEXEC;
	for (size_t i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, i, &ph) || ph.p_type != PT_LOAD || !(ph.p_flags & PF_X))
			continue;
		if (address < ph.p_vaddr || address - ph.p_vaddr >= ph.p_filesz)
			continue;
		*offset = address - ph.p_vaddr + ph.p_offset;
		return 0;
	}
	return -ENOEXEC;
}

/* Calls `each` for every function symbol until it returns non-zero, which is handed back. */
typedef int (*symbol_fn)(Elf *elf, const char *name, const GElf_Sym *sym, void *ctx);

static int section_symbols(Elf *elf, Elf_Scn *scn, const GElf_Shdr *sh, symbol_fn each, void *ctx)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t n = data && sh->sh_entsize ? data->d_size / sh->sh_entsize : 0;
	GElf_Sym sym;
	int ret = 0;

	for (size_t i = 0; !ret && i < n; i++) {
		const char *name;

		if (!gelf_getsym(data, i, &sym) || sym.st_shndx == SHN_UNDEF || !sym.st_value)
			continue;
		if (GELF_ST_TYPE(sym.st_info) != STT_FUNC)
			continue;
		name = elf_strptr(elf, sh->sh_link, sym.st_name);
		if (name)
			ret = each(elf, name, &sym, ctx);
	}
	return ret;
}

static int file_symbols(Elf *elf, uint32_t section_type, symbol_fn each, void *ctx)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	int ret = 0;

	while (!ret && (scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &sh) && sh.sh_type == section_type)
			ret = section_symbols(elf, scn, &sh, each, ctx);
	return ret;
}

struct one_symbol {
	const char *name;
	uint64_t offset;
	bool found;
};

/* A global symbol ends the search; a local one of the same name is taken when there is no other.
 * "malloc" matches "malloc@@GLIBC_2.2.5" too, as .symtab writes it. */
static int one_symbol_try(Elf *elf, const char *name, const GElf_Sym *sym, void *ctx)
{
	struct one_symbol *one = ctx;
	size_t len = strlen(one->name);
	uint64_t offset;

	if (strncmp(name, one->name, len) != 0 || (name[len] && name[len] != '@'))
		return 0;
	if (address_to_offset(elf, sym->st_value, &offset))
		return 0;
	if (GELF_ST_BIND(sym->st_info) == STB_LOCAL && one->found)
		return 0;
	one->offset = offset;
	one->found = true;
	return GELF_ST_BIND(sym->st_info) != STB_LOCAL;
}

int kern_symbol_find(const char *path, const char *symbol, uint64_t *offset)
{
	struct one_symbol one = {.name = symbol};
	struct elf_file file;
	int err = file_open(&file, path);

	if (err)
		return err;
	if (!file_symbols(file.elf, SHT_DYNSYM, one_symbol_try, &one))
		file_symbols(file.elf, SHT_SYMTAB, one_symbol_try, &one);
	file_close(&file);
	*offset = one.offset;
	return one.found ? 0 : -ENOENT;
}

/* ---- libraries a file needs
 * -------------------------------------------------------------------------- */

struct needed {
	char **items;
	size_t n;
};

static void needed_read(Elf *elf, Elf_Scn *scn, const GElf_Shdr *sh, struct needed *needed)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t n = data && sh->sh_entsize ? data->d_size / sh->sh_entsize : 0;
	GElf_Dyn dyn;

	for (size_t i = 0; i < n && gelf_getdyn(data, i, &dyn); i++) {
		const char *name;

		if (dyn.d_tag != DT_NEEDED)
			continue;
		name = elf_strptr(elf, sh->sh_link, dyn.d_un.d_val);
		if (name)
			*vec_push(needed->items, needed->n) = xstrdup(name);
	}
}

static int needed_list(const char *path, struct needed *needed)
{
	Elf_Scn *scn = NULL;
	struct elf_file file;
	GElf_Shdr sh;
	int err = file_open(&file, path);

	if (err)
		return err;
	while ((scn = elf_nextscn(file.elf, scn)))
		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_DYNAMIC)
			needed_read(file.elf, scn, &sh, needed);
	file_close(&file);
	return 0;
}

int kern_symbol_find_needed(const char *path, const char *symbol, pid_t pid, char **library,
			    uint64_t *offset)
{
	struct needed needed = {0};
	int err = needed_list(path, &needed);

	*library = NULL;
	if (!err)
		err = -ENOENT;
	for (size_t i = 0; err && i < needed.n; i++) {
		if (kern_binary_find(needed.items[i], pid, library))
			continue;
		err = kern_symbol_find(*library, symbol, offset);
		if (!err)
			break;
		free(*library);
		*library = NULL;
	}
	while (needed.n)
		free(needed.items[--needed.n]);
	free(needed.items);
	return err;
}

/* ---- many functions
 * ---------------------------------------------------------------------------------- */

struct matches {
	const char *glob;
	uint64_t *offsets;
	size_t n;
};

static int match_try(Elf *elf, const char *name, const GElf_Sym *sym, void *ctx)
{
	struct matches *m = ctx;
	uint64_t offset;

	if (!str_glob(m->glob, name) || address_to_offset(elf, sym->st_value, &offset))
		return 0;
	if (m->n >= MAX_MATCHES)
		return -E2BIG;
	*vec_push(m->offsets, m->n) = offset;
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int kern_symbols_match(const char *path, const char *glob, uint64_t **offsets, size_t *n)
{
	struct matches m = {.glob = glob};
	struct elf_file file;
	size_t kept = 0;
	int err = file_open(&file, path);

	if (err)
		return err;
	err = file_symbols(file.elf, SHT_DYNSYM, match_try, &m);
	if (!err)
		err = file_symbols(file.elf, SHT_SYMTAB, match_try, &m);
	file_close(&file);
	if (m.n)
		qsort(m.offsets, m.n, sizeof(*m.offsets), by_offset);
	for (size_t i = 0; i < m.n; i++)
		if (!i || m.offsets[i] != m.offsets[i - 1])
			m.offsets[kept++] = m.offsets[i];
	if (!err && !kept)
		err = -ENOENT;
	if (err)
		free(m.offsets);
	*offsets = err ? NULL : m.offsets;
	*n = kept;
	return err;
}
