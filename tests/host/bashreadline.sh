# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# bashreadline: what a function called readline returns, in bash and in a binary that is named.

test_a_named_binary() {
	need bpf uprobe
	$SKEP bashreadline --shared "$LOAD" -j -o rows.json -- "$LOAD" readline 'echo hello  world' 2 >said
	check_rows rows.json 2 command="echo hello  world" comm=load
}

test_long_lines_are_whole() {
	need bpf uprobe
	line=$(awk 'BEGIN { for (i = 0; i < 2000; i++) printf "x" }')
	$SKEP bashreadline --shared "$LOAD" -j -o rows.json -- "$LOAD" readline "$line" 1 >said
	check_rows rows.json 1 command="$line"
}

test_bash_itself() {
	need bpf uprobe bash
	$SKEP bashreadline -o rows.txt -- "$LOAD" pty 80x24 bash --norc -c 'read -e -p "" line <<<"unused"; true' >screen
	check_has rows.txt COMMAND
}

test_no_such_function() {
	need bpf uprobe
	check_status 3 $SKEP bashreadline --shared /proc/self/exe -d 1
	check_has err readline
}
