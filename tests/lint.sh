#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lint.sh [CHECK]: what the house rules say about the sources, checked. Each lint_ function is one
# check: it prints what is wrong, a line each, and that is its verdict.
cd "$(dirname "$0")/.." || exit 1

# ---- named exceptions ----------------------------------------------------------------------------

# Functions that may be longer than 80 lines: "file:function". Each one says why here.
long_functions='
'
# Files that may be longer than 900 lines.
long_files='
'
# Lines outside src/out and src/cmd that may write to standard output: file, blank, the line.
# run.c: the --help of an object is no result.
printers='
src/run/run.c fwrite(text.p, 1, text.len, stdout);
'

# The layers, lowest first; a folder may include itself and the layers under it.
layer() {
	case $1 in
	base) echo 0 ;;
	sym | val) echo 1 ;;
	object) echo 2 ;;
	lang | kern | user) echo 3 ;;
	front | out) echo 4 ;;
	run) echo 5 ;;
	cmd) echo 6 ;;
	esac
}

sources() { # what is written by hand, in every language
	find src tools tests bench scripts examples .ci -type f \
		\( -name '*.[ch]' -o -name '*.def' -o -name '*.sh' -o -name run -o -name Makefile -o -name '*.bt' \) \
		! -path '*/corpus/*' 2>/dev/null | sort
	echo Makefile
}

# Folders of the same layer do not include each other.
lint_layers() {
	grep -n '^#include "' $(find src -name '*.[ch]') /dev/null | while IFS=: read -r file line text; do
		from=${file#src/} from=${from%%/*}
		to=${text#*\"} to=${to%%\"*}
		case $to in */*) to=${to%%/*} ;; *) continue ;; esac
		[ -d "src/$to" ] || continue
		[ "$from" = "$to" ] && continue
		low=$(layer "$to") high=$(layer "$from")
		[ -n "$low" ] && [ -n "$high" ] || { echo "$file:$line: no layer is known for $from or $to"; continue; }
		[ "$low" -lt "$high" ] || echo "$file:$line: $from must not include $to"
	done
}

# Nothing but the presenters and the commands prints results.
lint_output() {
	grep -nE '(^|[^a-z_])(printf|puts|putchar|vprintf) ?\(|(fwrite|fputs|fprintf|putc|fputc|vfprintf) ?\([^;]*stdout|write\((1|STDOUT_FILENO),|dprintf\(1,' \
		$(find src -name '*.c' ! -path 'src/out/*' ! -path 'src/cmd/*' ! -name '*.bpf.c') /dev/null |
		while IFS=: read -r file line text; do
			text=$(echo "$text" | sed 's/^[ 	]*//')
			case $printers in *"
$file $text
"*) continue ;; esac
			case $text in *'* '*printf* | *__attribute__*) continue ;; esac
			echo "$file:$line: prints: $text"
		done
}

lint_licence() {
	for file in $(sources); do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause' || echo "$file: no SPDX line"
	done
}

lint_file_length() {
	for file in $(sources); do
		case $long_files in *"
$file
"*) continue ;; esac
		lines=$(wc -l <"$file")
		[ "$lines" -le 900 ] || echo "$file: $lines lines, at most 900"
	done
}

# A function starts with a brace in the first column and ends with one.
lint_function_length() {
	for file in $(find src tools tests bench examples -name '*.[ch]' ! -path '*/corpus/*'); do
		awk -v file="$file" -v exceptions="$long_functions" '
		/^[a-zA-Z_].*\(/ && !/;$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
		/^\{/ { start = NR }
		/^\}/ {
			if (start && NR - start - 1 > 80 && index(exceptions, "\n" file ":" name "\n") == 0)
				print file ":" start ": " name "() has " NR - start - 1 " lines, at most 80"
			start = 0
		}' "$file"
	done
}

lint_white_space() {
	grep -nE '[ 	]+$' $(sources) README.md HACKING.md tests/README.md docs/*.md 2>/dev/null | sed 's/:[^:]*$/: space at the end of the line/'
	for file in $(sources); do
		[ -z "$(tail -c 1 "$file")" ] || echo "$file: no newline at the end"
	done
}

# folder/folder.h is what others include; anything else is for the folder alone.
lint_public_headers() {
	for dir in src/*/; do
		name=$(basename "$dir")
		[ "$name" = cmd ] || [ -z "$(ls "$dir")" ] || [ -e "$dir$name.h" ] || echo "$dir: no $name.h"
	done
	grep -n '^#include "[a-z]*/' $(find src -name '*.[ch]') /dev/null | while IFS=: read -r file line text; do
		to=${text#*\"} to=${to%%\"*}
		folder=${to%%/*} from=${file#src/}
		case $to in "$folder/$folder.h" | *.def) continue ;; esac
		[ "${from%%/*}" = "$folder" ] || [ ! -d "src/$folder" ] || echo "$file:$line: $to is not the public header of $folder"
	done
}

# The names a shell check may be called by, or all of them.
checks=${1:-$(sed -n 's/^lint_\([a-z_]*\)().*/\1/p' tests/lint.sh)}
bad=0
for check in $checks; do
	found=$("lint_$check")
	[ -z "$found" ] && continue
	echo "$found"
	bad=1
done
exit $bad
