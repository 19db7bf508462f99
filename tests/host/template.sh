# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A tool is one file: the template becomes a tool by copying it, and what docs/writing-a-tool.md shows
# is true. These need the tree and a compiler, so they run on the host only.

# Examples of the guide: blocks of C that begin with /* NAME.bpf.c
extract() {
	awk '/^```c$/ { getline; if (match($0, /^\/\* [a-z]+\.bpf\.c/)) name = substr($0, 4, RLENGTH - 3) }
		/^```$/ { name = "" }
		name { print >name }' "$TESTS/../docs/writing-a-tool.md"
	ls ./*.bpf.c >/dev/null 2>&1 || fail_test "the guide shows no example"
}

test_the_guides_stream() {
	need bpf tp_btf clang
	extract
	$SKEP run mkdirsnoop.bpf.c -j -o rows.json -- sh -c 'mkdir one two && mkdir one' >said 2>&1 || :
	check_rows rows.json 2 comm=mkdir err=0
	check_rows rows.json 1 path="$PWD/one" err_name=EEXIST
	check_has rows.json '"produced":3,"delivered":3,"lost":0'
	$SKEP run mkdirsnoop.bpf.c --failed -o rows -- sh -c 'mkdir one' >said 2>&1 || :
	check_lines rows 'PID COMM +ERR +MODE +PATH' 1
	check_lines rows "mkdir +EEXIST +0777 $PWD/one\$" 1
	$SKEP run mkdirsnoop.bpf.c -o rows -- mkdir three
	check_lines rows MODE 0
	$SKEP run mkdirsnoop.bpf.c --help >help
	check_has help 'mkdirsnoop: Show directories as they are made'
	check_has help '-x, --failed'
}

test_the_guides_table_and_histogram() {
	need bpf tp_btf clang
	extract
	head -c 5000 /dev/zero >file
	$SKEP run readsize.bpf.c -l 4999 -j -o rows.json -- cat file >/dev/null
	check_rows rows.json 1 stream=totals comm=cat calls=1 bytes=5000
	check_lines rows.json '"stream":"sizes".*"comm":"cat".*"unit":"bytes","count":1,.*"lo":4096,"hi":8191,"count":1' 1
	$SKEP run readsize.bpf.c --larger 4999 -o rows -- cat file >/dev/null
	check_has rows 'Reads by command'
	check_has rows 'Sizes of reads'
	check_lines rows '4096 -> 8191 +: 1 +\|\*' 1
}

# The list of kinds in the guide is that of the source, in its words.
test_the_guides_list_of_types() {
	need clang
	defs=$TESTS/../src/val/val_kinds.def guide=$TESTS/../docs/writing-a-tool.md
	sed -n 's/^VAL_KIND(\([A-Z0-9_]*\), "\(.*\)")$/\1 \2/p' "$defs" >want
	sed -n 's/^| \([A-Z0-9_]*\) | .* | \(.*\) |$/\1 \2/p' "$guide" >got
	diff want got >&2 || fail_test "docs/writing-a-tool.md and src/val/val_kinds.def differ"
	sed -n 's/^VAL_TYPEDEF("\([a-z0-9_]*\)", \([A-Z0-9_]*\))$/\2 \1/p' "$defs" >types
	while read -r kind type; do
		grep -q "^| $kind | .*\`$type\`" "$guide" || fail_test "the guide does not say that $type is $kind"
	done <types
	# and every type the header declares means something
	for type in $(sed -n 's/^typedef .*[ }]\(skep_[a-z0-9_]*\)\(\[[0-9]*\]\)\{0,1\};.*/\1/p' "$TESTS/../tools/include/skep.bpf.h"); do
		grep -q " $type\$" types || fail_test "$type of skep.bpf.h has no kind"
	done
}

# Every macro for authors has its line in the guide.
test_the_guides_list_of_macros() {
	need clang
	for macro in $(sed -n 's/^#define \(SKEP_[A-Z_]*[A-Z]\)\( \|(\).*/\1/p' "$TESTS/../tools/include/skep.bpf.h" | sort -u); do
		case $macro in SKEP_TAG | SKEP_BPF_H | SKEP_BYTES | SKEP_ADD_MAX | SKEP_PATH_DEPTH | SKEP_JOIN* | SKEP_NR_*) continue ;; esac
		grep -q "$macro" "$TESTS/../docs/writing-a-tool.md" || fail_test "the guide does not tell of $macro"
	done
}

# A scratch copy of the tree, with what is built so far (times are kept), so that make has little to do.
scratch_tree() {
	mkdir tree
	for part in Makefile VERSION src tools scripts; do cp -rp "$TESTS/../$part" tree/; done
	mkdir tree/build
	for part in gen obj parts tools; do
		[ ! -d "$TESTS/../build/$part" ] || cp -rp "$TESTS/../build/$part" tree/build/
	done
}

test_adding_a_tool_touches_one_file() {
	need bpf tp_btf clang
	scratch_tree
	cp tree/tools/template.bpf.c tree/tools/scratchtool.bpf.c
	make -s -C tree -j"$(nproc)" all >make.log 2>&1 || {
		tail -n 20 make.log >&2
		fail_test "make failed"
	}
	new=tree/build/skep
	$new list >out
	check_lines out '^ +scratchtool +Show system calls that fail$' 1
	$new list --json >list.json
	check_rows list.json 1 name=scratchtool
	$new --help >out
	check_lines out '(^| )scratchtool( |$)' 1
	$new scratchtool --help >out
	check_has out 'scratchtool: Show system calls that fail'
	check_has out '-e, --error ERRNO'
	$new completion words >out
	check_lines out '^scratchtool$' 1
	$new completion words scratchtool >out
	check_lines out '^--error$' 1
	$new man >out
	check_has out '.SS scratchtool'
	# its example, under the new name
	check_has tree/tools/scratchtool.bpf.c '"template -- ls /nonexistent"'
	$new scratchtool -j -o rows.json -- ls /nonexistent >said 2>&1 || :
	[ "$(json_rows rows.json comm=ls err_name=ENOENT | grep -c .)" -gt 0 ] || fail_test "its example shows no row"
	$new scratchtool --error EEXIST -j -o rows.json -- sh -c 'mkdir made && mkdir made' >said 2>&1 || :
	check_rows rows.json 1 comm=mkdir err_name=EEXIST
}
