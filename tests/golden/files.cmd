# Files that cannot be run: one message each, and status 1.
try() {
	echo "\$ skep run $1"
	status=0
	$SKEP run "$1" <input || status=$?
	[ "$status" = 1 ] || echo "status $status"
}
seed=$TESTS/fuzz/corpus/object/minimal.o
: >empty.o
: >input
mkdir directory.o
echo 'int x;' >text.o
echo '#!/bin/sh' >script.o
printf 'PK\003\004' >zip.o
head -c 40 "$seed" >header.o
head -c 200 "$seed" >part.o
size=$(wc -c <"$seed")
head -c $((size - 10)) "$seed" >most.o
{ head -c 18 "$seed"; printf '\076\000'; tail -c +21 "$seed"; } >x86.o
cp "$TESTS/fuzz/corpus/object/bad_license.o" "$TESTS/fuzz/corpus/object/bad_type_id.o" "$TESTS/fuzz/corpus/object/bad_half_load.o" .
for file in missing.bpf.o missing.bpf.c /nonexistent/dir/x.o empty.o directory.o text.o script.o zip.o header.o part.o most.o x86.o \
	bad_license.o bad_type_id.o bad_half_load.o -; do
	try "$file"
done
echo 'not ELF' >input
try -
