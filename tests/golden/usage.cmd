# Wrong command lines: one message each, and status 2.
try() {
	echo "\$ skep $*"
	status=0
	$SKEP "$@" || status=$?
	[ "$status" = 2 ] || echo "status $status"
}
try opensnop
try zzzzzzzz
try run
try run --json x.bpf.o
try opensnoop --jsn
try opensnoop -Z
try opensnoop --pid
try opensnoop --pid x
try opensnoop --pid 0
try opensnoop -u nobody-of-this-name
try opensnoop -n a-name-of-more-than-15
try opensnoop -d soon
try opensnoop -d 0
try opensnoop -N -1
try opensnoop -i 5x
try opensnoop --buffer 1K
try opensnoop --engine magic
try opensnoop --wide=yes
try opensnoop --no-json
try opensnoop word
try opensnoop --
try opensnoop --columns
try sigsnoop --signal NOPE
try list nothing
try completion
