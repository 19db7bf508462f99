/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Globals → options. A `const volatile` global is an option; so is a plain scalar global, since
 * programs meant for other loaders use them too. Values go into the image of the data map before it
 * is loaded. A constant that no instruction refers to was folded by the compiler: setting it does
 * nothing, and whoever sets it is told.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "object/object_int.h"

static bool is_volatile(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_array(t))) {
		if (btf_is_volatile(t))
			return true;
		t = btf__type_by_id(btf, btf_is_array(t) ? btf_array(t)->type : t->type);
	}
	return false;
}

/* Names that are not the user's business. */
static bool is_private(const char *name)
{
	return str_starts(name, "skep_") || str_starts(name, "__") || strchr(name, '.');
}

static char *image_at(struct bpf_map *map, uint32_t offset, size_t size)
{
	size_t len = 0;
	char *image = (char *)bpf_map__initial_value(map, &len);

	return image && offset + size <= len ? image + offset : NULL;
}

static size_t option_size(const struct object_option *o)
{
	return (size_t)o->field.size * (o->field.nelems ? o->field.nelems : 1);
}

static char *option_name(const char *var)
{
	char *name = xstrdup(var);

	for (char *p = name; *p; p++)
		if (*p == '_')
			*p = '-';
	return name;
}

static const char *default_metavar(const struct val_field *f)
{
	switch (f->kind) {
	case VAL_BOOL:
		return NULL;
	case VAL_CHARS:
		return "TEXT";
	case VAL_TIME:
	case VAL_DURATION:
	case VAL_DURATION_US:
		return "TIME";
	case VAL_SIZE:
		return "SIZE";
	case VAL_IPV4:
	case VAL_IPV6:
	case VAL_IP:
		return "ADDR";
	case VAL_CIDR:
		return "ADDR[/LEN]";
	case VAL_SIGNAL:
		return "SIGNAL";
	case VAL_ERRNO:
		return "ERRNO";
	case VAL_PORT_BE:
		return "PORT";
	case VAL_ENUM:
	case VAL_TCP_STATE:
	case VAL_IPPROTO:
	case VAL_FAMILY:
		return "NAME";
	default:
		return "N";
	}
}

static char *default_help(const struct object *obj, const struct object_option *o)
{
	const struct btf_type *t = btf__type_by_id(obj->btf, o->field.btf_id);
	struct buf text = {0};
	const char *type;

	while (t && btf_is_mod(t))
		t = btf__type_by_id(obj->btf, t->type);
	type = t ? btf__name_by_offset(obj->btf, t->name_off) : "";
	buf_printf(&text, "set %s", o->var);
	for (size_t i = 0; i < o->field.nenums && i < 16; i++)
		buf_printf(&text, "%s %s", i ? "," : ":", o->field.enums[i].name);
	if (!o->field.nenums && o->field.kind != VAL_BOOL && *type)
		buf_printf(&text, ", %s", type);
	return text.p;
}

static void read_notes(struct object *obj, struct object_option *o)
{
	const char *letter = notes_get(&obj->notes, ON_VAR, o->var, NULL, "option");
	const char *name = notes_get(&obj->notes, ON_VAR, o->var, NULL, "long");
	const char *help = notes_get(&obj->notes, ON_VAR, o->var, NULL, "help");
	const char *target = notes_get(&obj->notes, ON_VAR, o->var, NULL, "target");
	const char *arg = default_metavar(&o->field), *given = notes_get(&obj->notes, ON_VAR, o->var, NULL, "arg");

	o->letter = letter && letter[0] && !letter[1] ? letter[0] : 0;
	o->name = option_name(name ? name : o->var);
	o->help = help ? xstrdup(help) : default_help(obj, o);
	o->target = target ? xstrdup(target) : NULL;
	o->arg = given ? xstrdup(given) : arg ? xstrdup(arg) : NULL;
}

/* A default from elsewhere (a comment, a package) is an initial value like the one in the source. */
static void take_default(struct object *obj, struct object_option *o)
{
	const char *value = notes_get(&obj->notes, ON_VAR, o->var, NULL, "default");
	size_t size = option_size(o);
	char *at = value ? image_at(o->map, o->field.offset, size) : NULL;
	char *bytes = xalloc(size);

	if (at && val_parse(&o->field, value, bytes) == 0)
		memcpy(at, bytes, size);
	free(bytes);
}

static void add_option(struct object *obj, struct bpf_map *map, const char *var, uint32_t type_id,
		       uint32_t offset)
{
	struct object_option *o;
	struct val_plan *plan;

	if (val_plan_new(obj->btf, type_id, var, &plan))
		return;
	if (plan->nfields != 1) { /* a struct is no option */
		val_plan_free(plan);
		return;
	}
	o = vec_push(obj->options, obj->noptions);
	o->var = xstrdup(var);
	o->map = map;
	o->field = plan->fields[0];
	o->field.offset = offset;
	plan->nfields = 0; /* the option owns the field now */
	val_plan_free(plan);
	read_notes(obj, o);
	take_default(obj, o);
}

/* const volatile: always; other globals: scalars that the author left visible. */
static bool is_option(const struct object *obj, const char *section, const struct btf_type *var)
{
	const char *name = btf__name_by_offset(obj->btf, var->name_off);
	enum btf_func_linkage linkage = btf_var(var)->linkage;
	const struct btf_type *t = btf__type_by_id(obj->btf, var->type);

	if (!name || is_private(name))
		return false;
	if (strcmp(section, ".rodata") == 0 && is_volatile(obj->btf, var->type))
		return true;
	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(obj->btf, t->type);
	return linkage == BTF_FUNC_GLOBAL && t && (btf_is_int(t) || btf_is_any_enum(t));
}

static void mark_read(uint64_t offset, void *ctx)
{
	struct object *obj = ctx;

	for (size_t i = 0; i < obj->noptions; i++) {
		struct object_option *o = &obj->options[i];
		uint64_t size = (uint64_t)o->field.size * (o->field.nelems ? o->field.nelems : 1);

		if (offset >= o->field.offset && offset < o->field.offset + size)
			o->folded = false;
	}
}

static void options_of(struct object *obj, const char *section)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj->bpf, section);
	int id = btf__find_by_name_kind(obj->btf, section, BTF_KIND_DATASEC);
	const struct btf_type *t = id > 0 ? btf__type_by_id(obj->btf, id) : NULL;
	size_t first = obj->noptions;

	for (int i = 0; map && t && i < btf_vlen(t); i++) {
		const struct btf_var_secinfo *v = btf_var_secinfos(t) + i;
		const struct btf_type *var = btf__type_by_id(obj->btf, v->type);

		if (is_option(obj, section, var))
			add_option(obj, map, btf__name_by_offset(obj->btf, var->name_off), var->type, v->offset);
	}
	for (size_t i = first; i < obj->noptions; i++)
		obj->options[i].folded = strcmp(section, ".rodata") == 0 && !obj->options[i].target;
	if (first < obj->noptions && strcmp(section, ".rodata") == 0)
		elf_references(obj->src, section, mark_read, obj);
}

/* "a, b" → its next name, in a buffer of the caller's; NULL at the end. */
const char *object_next_name(const char **list, char *name, size_t size)
{
	size_t n;

	*list += strspn(*list, ", ");
	n = strcspn(*list, ", ");
	if (!n)
		return NULL;
	snprintf(name, size, "%.*s", (int)n, *list);
	*list += n;
	return name;
}

/* An option that chooses columns or programs is read by the session. */
static void mark_named(struct object *obj)
{
	static const char *const keys[] = {"shown_by", "when", "unless"};

	for (size_t i = 0; i < obj->notes.n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			const char *list = obj->notes.items[i].value;
			char name[64];

			while (strcmp(obj->notes.items[i].key, keys[k]) == 0 &&
			       object_next_name(&list, name, sizeof(name)))
				if (object_option_find(obj, name))
					object_option_find(obj, name)->folded = false;
		}
	}
}

void options_find(struct object *obj)
{
	if (!obj->btf)
		return;
	options_of(obj, ".rodata");
	options_of(obj, ".data");
	options_of(obj, ".bss");
	mark_named(obj);
}

void options_free(struct object *obj)
{
	for (size_t i = 0; i < obj->noptions; i++) {
		struct object_option *o = &obj->options[i];

		free(o->var);
		free(o->name);
		free(o->help);
		free(o->arg);
		free(o->target);
		free(o->field.name);
		free(o->field.enums);
	}
	free(obj->options);
}

struct object_option *object_option_find(const struct object *obj, const char *name)
{
	for (size_t i = 0; i < obj->noptions; i++)
		if (strcmp(obj->options[i].var, name) == 0 || strcmp(obj->options[i].name, name) == 0)
			return &obj->options[i];
	return NULL;
}

/* ---- values ------------------------------------------------------------------------------------------ */

/* "from -128 to 127", "at most 15 characters", "one of A, B": what would have been right. */
static void wanted(const struct val_field *f, char *out, size_t size)
{
	if (f->kind == VAL_ENUM && f->nenums) {
		int n = snprintf(out, size, "one of");

		for (size_t i = 0; i < f->nenums && n > 0 && (size_t)n < size; i++)
			n += snprintf(out + n, size - n, "%s %s", i ? "," : "", f->enums[i].name);
	} else if (f->kind == VAL_CHARS) {
		snprintf(out, size, "at most %u characters", f->size - 1);
	} else if (f->kind == VAL_UINT && f->size < 8) {
		snprintf(out, size, "a number from 0 to %llu", (1ull << (f->size * 8)) - 1);
	} else if (f->kind == VAL_INT && f->size < 8) {
		long long top = (1ll << (f->size * 8 - 1)) - 1;

		snprintf(out, size, "a number from %lld to %lld", -top - 1, top);
	} else {
		snprintf(out, size, "%s", val_kind_name(f->kind));
	}
}

int object_option_set(struct object *obj, struct object_option *o, const char *text)
{
	size_t size = option_size(o);
	char *at = image_at(o->map, o->field.offset, size), want[512];
	void *value;
	int err;

	if (!at)
		return fail(EINVAL, "--%s: the object's %s holds no such variable", o->name, o->var);
	value = xalloc(size);
	err = val_parse(&o->field, text, value);
	if (!err)
		memcpy(at, value, size);
	free(value);
	if (err) {
		wanted(&o->field, want, sizeof(want));
		return fail(EINVAL, "--%s: '%s' %s; it takes %s", o->name, text,
			    err == -ERANGE ? "does not fit" : "is no such value", want);
	}
	if (o->folded)
		warn("--%s has no effect: the compiler folded %s to its initial value; declare it `const volatile` "
		     "and read it", o->name, o->var);
	o->given = true;
	return 0;
}

static const char *enum_name(const struct val_field *f, int64_t value)
{
	for (size_t i = 0; i < f->nenums; i++)
		if (f->enums[i].value == value)
			return f->enums[i].name;
	return NULL;
}

void object_option_default(const struct object_option *o, char *out, size_t size)
{
	const char *at = image_at(o->map, o->field.offset, option_size(o));
	struct val_field f = o->field;
	struct val v;

	*out = '\0';
	if (!at)
		return;
	f.offset = 0;
	val_get(&f, at, option_size(o), &v);
	if (v.kind == VAL_CHARS)
		snprintf(out, size, "%.*s", (int)v.len, v.p);
	else if (v.kind == VAL_FLOAT)
		snprintf(out, size, "%g", v.f);
	else if (v.p || v.kind == VAL_NONE || !v.u)
		return;
	else if (v.kind == VAL_ENUM && enum_name(&f, v.s))
		snprintf(out, size, "%s", enum_name(&f, v.s));
	else if (v.is_signed)
		snprintf(out, size, "%lld", (long long)v.s);
	else
		snprintf(out, size, "%llu", (unsigned long long)v.u);
}

/* ---- variables by name --------------------------------------------------------------------------------- */

static const char *const data_sections[] = {".rodata", ".data", ".bss"};

static bool find_var(const struct object *obj, const char *var, struct bpf_map **map, uint32_t *type_id,
		     uint32_t *offset)
{
	for (size_t s = 0; obj->btf && s < ARRAY_SIZE(data_sections); s++) {
		int id = btf__find_by_name_kind(obj->btf, data_sections[s], BTF_KIND_DATASEC);
		const struct btf_type *t = id > 0 ? btf__type_by_id(obj->btf, id) : NULL;

		*map = bpf_object__find_map_by_name(obj->bpf, data_sections[s]);
		for (int i = 0; *map && t && i < btf_vlen(t); i++) {
			const struct btf_var_secinfo *v = btf_var_secinfos(t) + i;
			const struct btf_type *vt = btf__type_by_id(obj->btf, v->type);

			if (strcmp(btf__name_by_offset(obj->btf, vt->name_off), var) == 0) {
				*type_id = vt->type;
				*offset = v->offset;
				return true;
			}
		}
	}
	return false;
}

bool object_var_write(struct object *obj, const char *var, const char *member, const void *value, size_t size)
{
	struct val_plan *plan;
	struct val_field *f;
	struct bpf_map *map;
	uint32_t type_id, offset;
	char *at;
	bool ok = false;

	if (!find_var(obj, var, &map, &type_id, &offset) || val_plan_new(obj->btf, type_id, "value", &plan))
		return false;
	f = val_plan_find(plan, member ? member : "value");
	if (f && f->size == size) {
		at = image_at(map, offset + f->offset, size);
		if (at) {
			memcpy(at, value, size);
			ok = true;
		}
	}
	val_plan_free(plan);
	return ok;
}

void *object_var_address(struct object *obj, const char *var, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct bpf_map *map;
	uint32_t type_id, offset;

	if (!find_var(obj, var, &map, &type_id, &offset) ||
	    map != bpf_object__find_map_by_name(obj->bpf, ".bss") || offset + size > bpf_map__value_size(map))
		return NULL;
	if (!obj->bss) {
		obj->bss_size = (bpf_map__value_size(map) + page - 1) & ~(page - 1);
		obj->bss = mmap(NULL, obj->bss_size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
		if (obj->bss == MAP_FAILED)
			obj->bss = NULL;
	}
	return obj->bss ? (char *)obj->bss + offset : NULL;
}
