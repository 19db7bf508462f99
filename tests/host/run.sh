# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# skep run: what it makes of programs that know nothing of skep (tests/progs, plain libbpf style).

run() { # NAME [OPTION…] [-- COMMAND…]
	file=$(program "$1")
	shift
	$SKEP run "$file" "$@"
}

refuses() { # STATUS NAME [OPTION…]: what is said goes to err
	want=$1 file=$(program "$2")
	shift 2
	check_status "$want" $SKEP run "$file" "$@"
}

# ---- options from globals ------------------------------------------------------------------------

test_options_have_their_initial_values() {
	need bpf raw_tp
	run options -j -o rows.json -- "$LOAD" nothing 2>err
	check_rows rows.json 1 flag=false on=true i8=-1 n8=1 i16=-2 n16=2 i32=-3 n32=3 i64=-4 n64=4 \
		color=3 color_name=COLOR_GREEN text=none 'list=[0,0,0]'
	check_empty err
}

test_options_at_one_end_of_their_range() {
	need bpf raw_tp
	run options --flag --no-on --i8 127 --n8 0xff --i16 32767 --n16 65535 --i32 2147483647 --n32 4_294_967_295 \
		--i64 9223372036854775807 --n64=0xffffffffffffffff --color COLOR_BLUE --text abcdefg --list 1,2,65535 \
		-j -o rows.json -- "$LOAD" nothing 2>err
	check_rows rows.json 1 flag=true on=false i8=127 n8=255 i16=32767 n16=65535 i32=2147483647 n32=4294967295 \
		i64=9223372036854775807 n64=18446744073709551615 color=70000 color_name=COLOR_BLUE text=abcdefg 'list=[1,2,65535]'
	check_empty err
}

test_options_at_the_other_end() {
	need bpf raw_tp
	run options --flag=no --on=yes --i8 -128 --n8 0 --i16=-32768 --n16 0 --i32 -2147483648 --n32 0 \
		--i64 -9223372036854775808 --n64 0 --color red --text= --list 0 -j -o rows.json -- "$LOAD" nothing
	check_rows rows.json 1 flag=false on=true i8=-128 n8=0 i16=-32768 n16=0 i32=-2147483648 n32=0 \
		i64=-9223372036854775808 n64=0 color=-1 color_name=COLOR_RED text=
}

test_options_out_of_range() {
	need bpf
	for bad in --i8=128 --i8=-129 --n8=256 --n8=-1 --i16=32768 --n16=65536 --i32=2147483648 --n32=0x100000000 \
		--i64=9223372036854775808 --n64=18446744073709551616 --text=abcdefgh --list=1,2,3,4 --list=65536; do
		refuses 2 options "$bad"
		check_has err "${bad%%=*}: '${bad#*=}' does not fit"
		check_lines err . 1
	done
	for bad in --i8=x --n8= --flag=maybe --color=purple --list=1,x; do
		refuses 2 options "$bad"
		check_has err "${bad%%=*}: "
		check_lines err . 1
	done
	refuses 2 options --i8 300
	check_has err 'it takes a number from -128 to 127'
	refuses 2 options --color 1x
	check_has err 'it takes one of COLOR_RED, COLOR_GREEN, COLOR_BLUE'
	refuses 2 options --flg
	check_has err 'unknown option --flg; did you mean --flag?'
}

test_a_folded_constant_is_told() {
	need bpf raw_tp
	run options --folded 7 -o rows -- "$LOAD" nothing 2>err
	check_has err '--folded has no effect: the compiler folded folded to its initial value'
	check_lines err . 1
}

test_help_is_made_from_the_object() {
	run options --help >help
	check_has help 'Usage: skep run options [options]'
	check_lines help '^ +--flag  +set flag$' 1
	check_lines help '^ +--on  +set on \(on; --no-on\)$' 1
	check_lines help '^ +--i8 N  +set i8, __s8 \(-1\)$' 1
	check_lines help '^ +--n16 N  +set n16, small_t \(2\)$' 1
	check_lines help '^ +--color NAME  +set color: COLOR_RED, COLOR_GREEN, COLOR_BLUE \(COLOR_GREEN\)$' 1
	check_lines help '^ +--text TEXT  +set text \(none\)$' 1
	check_has help 'Columns of seen: pid, flag, on, i8, n8, i16,'
}

test_options_of_the_types_of_skep() {
	need bpf raw_tp
	run options-typed --longer 1.5ms --micro 2s -b 64K --v4 10.1.2.3 --v6 fe80::1 --ip 192.168.0.1 --net 10.77.1.2/16 \
		--mac 02:00:00:00:00:ff --port 8080 --error enoent --sig TERM --proto sctp --family inet6 --state listen \
		--hex 0xff -j -o rows.json -- "$LOAD" nothing
	check_rows rows.json 1 longer_ns=1500000 micro_us=2000000 bytes=65536 v4=10.1.2.3 v6=fe80::1 ip=192.168.0.1 \
		net=10.77.0.0/16 mac=02:00:00:00:00:ff port=8080 error=2 error_name=ENOENT sig=15 sig_name=SIGTERM \
		proto=132 proto_name=sctp family=10 family_name=inet6 state=10 state_name=LISTEN hex=0xff
	run options-typed -l 5 --micro 0x10 --ip ::1 --net fd77::5/64 --error 110 --sig 9 -j -o rows.json -- "$LOAD" nothing
	check_rows rows.json 1 longer_ns=5 micro_us=16 bytes=4096 ip=::1 net=fd77::/64 error_name=ETIMEDOUT sig_name=SIGKILL
}

test_bad_values_of_the_types_of_skep() {
	need bpf
	for bad in --longer=5x --longer=-1 --bytes=1Q --v4=10.1.2 --v4=::1 --v6=1.2.3.4 --ip=here --net=10.0.0.0/33 \
		--net=fd77::/129 --mac=02:00 --port=http --error=ENOPE --sig=NOPE --state=open; do
		refuses 2 options-typed "$bad"
		check_has err "${bad%%=*}: '${bad#*=}' "
		check_lines err . 1
	done
	for bad in --port=65536 --proto=256 --longer=1000000d; do
		refuses 2 options-typed "$bad"
		check_has err "'${bad#*=}' does not fit"
	done
}

# ---- records -------------------------------------------------------------------------------------

# A program that sends {pid, 7} from a place the front cannot see through; the map is what differs.
source_with() { # NAME BEFORE AFTER: what stands before and behind the map's declaration
	cat >"$1.bpf.c" <<-END
		#include "vmlinux.h"
		#include <bpf/bpf_helpers.h>
		$2
		struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, 4096);
		} rb SEC(".maps") $3;
		SEC("raw_tp/sched_process_exec")
		int on_exec(void *ctx)
		{
			struct event e = {bpf_get_current_pid_tgid() >> 32, 7};

			bpf_ringbuf_output(((void *)&rb), &e, sizeof(e), 0);
			return 0;
		}
		char LICENSE[] SEC("license") = "GPL";
	END
}

event='struct event { int pid; int seven; };'
other='struct other { int x, y; } *other_one;'

finds_the_type() { # NAME HOW
	$SKEP run "$1.bpf.c" -v -j -o rows.json -- "$LOAD" readline x >said 2>err
	check_has err "$2"
	check_rows rows.json 1 pid="$(value said pid)" seven=7
	check_rows rows.json 0 seven=
	check_lines rows.json seven 1
}

test_record_type_by_a_decl_tag() {
	need bpf raw_tp clang
	source_with tag "$event $other struct event *keep;" '__attribute__((btf_decl_tag("skep:type=event")))'
	finds_the_type tag 'a note on the map'
}

test_record_type_by_a_comment() {
	need bpf raw_tp clang
	source_with note "$event $other
/// @type event" ''
	finds_the_type note 'a note on the map'
}

test_record_type_by_export() {
	need bpf raw_tp clang
	source_with export "/// @export
$event
$other" ''
	finds_the_type export 'a struct marked for export'
}

test_record_type_by_a_dummy_pointer() {
	need bpf raw_tp clang
	source_with dummy "$event
struct event *unused __attribute__((unused));" ''
	finds_the_type dummy 'a global pointer to the struct'
}

test_record_type_by_its_size() {
	need bpf raw_tp clang
	source_with size "$event struct event *keep; struct big { int x[5]; } *bigger;" ''
	finds_the_type size 'the one struct of this size'
}

test_record_type_unknown() {
	need bpf raw_tp clang
	source_with unknown "$event struct event *keep; $other" ''
	$SKEP run unknown.bpf.c -j -o rows.json -- "$LOAD" readline x >said 2>err
	pid=$(printf '%08x' "$(value said pid)" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/')
	check_rows rows.json 1 size=8 hex="${pid}07000000"
	check_lines err 'rb: the type of its records is unknown.*__type\(value, struct NAME\).*/// @type NAME' 1
	check_lines err 'rb: its rows do not tell the pid, so they are not filtered by it' 1
	$SKEP run unknown.bpf.c -o rows -- "$LOAD" readline x >said 2>err
	check_lines rows '^rb: 8 bytes: [0-9a-f]{8} 07000000$' "$(grep -c . rows)"
}

test_two_structs_in_one_ring_buffer() {
	need bpf raw_tp
	run two-sizes -j -o rows.json -- "$LOAD" exit 3 >said
	check_rows rows.json 1 pid="$(value said pid)" comm=load
	check_rows rows.json 1 pid="$(value said pid)" code=42
	check_rows rows.json 1 pid="$(value said child)" code=42
	check_lines rows.json ':null,' 0
	run two-sizes -o rows -- "$LOAD" exit 3 >said
	check_lines rows '^ *PID COMM' 1
	check_lines rows '^ *PID +CODE$' 1
	check_lines rows '^ *[0-9]+ +42$' 2
}

test_several_streams_and_a_perf_array() {
	need bpf tracepoint
	run streams -j -o rows.json -- "$LOAD" exit 3 >said
	pid=$(value said pid) child=$(value said child)
	check_rows rows.json 1 stream=begun pid="$pid" comm=load
	check_rows rows.json 1 stream=ended pid="$child" code=3
	check_rows rows.json 1 stream=ended pid="$pid" code=0
	check_rows rows.json 1 stream=forks pid="$pid" child="$child"
	check_has rows.json '{"stream":"begun","delivered":1,"lost":null},{"stream":"ended","delivered":2,"lost":null},{"stream":"forks","delivered":1,"lost":0}'
	run streams --no-header -o rows -- "$LOAD" exit 3 >said
	check_eq "$(grep -c . rows)" 4 "rows of a table"
}

test_rows_are_filtered() {
	need bpf raw_tp tracepoint
	run 08-exitsnoop -n no-such-name -o rows --no-header -- "$LOAD" exit 0 >said
	check_empty rows
	run 08-exitsnoop -n oa -o rows --no-header -- "$LOAD" exit 0 >said
	check_lines rows ' load$' 2
	run twins -p 1 -o rows --no-header -- "$LOAD" exec /proc/self/exe nothing >said
	check_empty rows
	run twins -u 0 -o rows --no-header -- "$LOAD" exec /proc/self/exe nothing >said 2>err
	check_has err 'events: its rows do not tell the uid'
	check_eq "$(grep -c . rows)" 2 "rows"
}

test_printk_of_this_command_only() {
	need bpf tracepoint
	# another process writes all the time
	start sh -c 'while :; do echo x; done >/dev/null'
	run 01-hello -o lines -- "$LOAD" exit 0 >said
	check_lines lines "PID $(value said pid)\\." "$(grep -c '^[pcs]' said)"
	check_eq "$(grep -c . lines)" "$(grep -c '^[pcs]' said)" "all lines"
	stop "$PID" TERM
}

test_printk_with_time_and_as_json() {
	need bpf tracepoint
	run 04-opensnoop -T -o lines -- "$LOAD" open-missing 1 >said
	check_lines lines "^[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} Process ID: $(value said pid) enter" 1
	run 04-opensnoop -j -o lines.json -- "$LOAD" open-missing 1 >said
	check_rows lines.json 1 text="Process ID: $(value said pid) enter sys openat"
}

# ---- which programs are attached -----------------------------------------------------------------

test_twins_are_attached_once() {
	need bpf raw_tp
	run twins -v -j -o rows.json -- "$LOAD" exec /proc/self/exe nothing >said 2>err
	# two execs: the workload's own and its child's
	check_rows rows.json 1 pid="$(value said pid)"
	check_rows rows.json 1 pid="$(value said child)"
	check_lines rows.json '"how":' 2
	check_lines err 'twins: attached' 1
	if has_feature tp_btf; then check_rows rows.json 2 how=tp_btf; fi
}

test_optional_programs_may_be_missing() {
	need bpf raw_tp
	run optional -v -j -o rows.json -- "$LOAD" readline x >said 2>err
	check_rows rows.json 1 pid="$(value said pid)"
	check_lines err 'optional: attached' 1
}

test_a_missing_hook() {
	need bpf
	refuses 3 missing-hook -d 1
	check_has err 'this kernel has no raw tracepoint skep_no_such_event'
	check_lines err . 1
	refuses 3 missing-function -d 1
	check_has err 'kprobe/skep_no_such_function cannot be attached'
	check_lines err . 1
}

test_a_missing_type() {
	need bpf raw_tp
	refuses 3 missing-type -d 1
	check_has err 'struct task_struct___other.skep_no_such_member'
	check_has err 'bpf_core_field_exists'
}

test_a_refused_program() {
	need bpf raw_tp
	refuses 1 refused -d 1
	check_has err "the kernel refuses program on_exec (raw_tp/sched_process_exec): R0 invalid mem access 'map_value_or_null'"
	check_has err 'at: *n += 1; /* may be NULL */'
	check_has err 'may be NULL: test it before use'
	check_lines err 'processed [0-9]+ insns' 0
	refuses 1 refused -vv
	check_has err 'processed'
}

test_iterators_are_read_once() {
	need bpf iter
	run iter-task -o tasks
	check_lines tasks "^$$ $$ [a-z]+\$" 1
	run iter-task -j -o tasks.json
	check_lines tasks.json "\"text\":\"$$ $$ [a-z]+\"" 1
}

test_uprobe_with_binary_and_symbol() {
	need bpf uprobe
	run uprobe --binary "$LOAD" --symbol readline -j -o rows.json -- "$LOAD" readline 'say "it"' 3 >said
	check_rows rows.json 3 pid="$(value said pid)" text='say \"it\"'
	refuses 3 uprobe --binary "$LOAD" --symbol no_such_function -d 1
	check_has err 'has no function no_such_function'
	refuses 3 uprobe --binary /nonexistent/binary --symbol f -d 1
	check_has err '/nonexistent/binary'
	refuses 3 uprobe -d 1
	check_has err '--binary PATH'
}

sampled() { # of PID: how many samples in rows.json
	json_rows rows.json pid="$1" comm=load | sed 's/.*"value":\([0-9]*\).*/\1/'
}

test_samples_of_one_process() {
	need bpf perf_sw
	start "$LOAD" spin-ms 60000 >said
	wait_ready said '^pid='
	other=$PID
	start "$LOAD" spin-ms 60000 >said2
	wait_ready said2 '^pid='
	run sample -p "$other" --event cpu-clock --frequency 200 -d 500ms -j -o rows.json
	[ "$(sampled "$other")" -gt 0 ] || fail_test "no samples of the process"
	check_eq "$(grep -c . rows.json)" 1 "rows"
	stop "$PID" TERM
	stop "$other" TERM
}

test_samples_of_a_command() {
	need bpf perf_sw
	run sample --event cpu-clock -F 200 -j -o rows.json -- "$LOAD" spin-ms 300 >said 2>err
	[ "$(sampled "$(value said pid)")" -gt 0 ] || fail_test "no samples of the command"
	check_eq "$(grep -c . rows.json)" 1 "rows"
	run sample --event cpu-clock --period 10000000 -v -o rows -- "$LOAD" spin-ms 100 >said 2>err
	check_has err 'cpu-clock, one in 10000000'
	refuses 3 sample --event cpu-clok -d 1
	check_has err 'did you mean cpu-clock'
}

# ---- places --------------------------------------------------------------------------------------

test_cgroup_program() {
	need bpf cgroup cgroup2
	make_cgroup
	start $SKEP run "$(program cgroup)" -c "$CGROUP" -v -j -o rows.json 2>err
	wait_ready err "attached cgroup_skb/egress on $CGROUP"
	in_cgroup "$CGROUP" "$LOAD" udp 0 10 100 >said
	"$LOAD" udp 0 5 100 >other # elsewhere
	stop "$PID"
	check_rows rows.json 1 stream=globals packets=10 bytes="$(value said ip_bytes)"
	refuses 1 cgroup -d 1
	check_has err 'name a cgroup with --cgroup PATH'
	refuses 1 cgroup -c /nonexistent/cgroup -d 1
	check_has err /nonexistent/cgroup
}

test_tc_both_directions() {
	need bpf tc
	make_netns
	for direction in ingress egress; do
		in_a $SKEP run "$(program packets)" -I lo --direction $direction -v -j -o rows.json -- "$LOAD" udp 0 10 100 >said 2>err
		check_has err "$direction of lo"
		if has_feature tcx; then check_has err tcx; else check_has err clsact; fi
		check_rows rows.json 1 key=142 value=10
	done
	status=0
	in_a $SKEP run "$(program packets)" -I lo --direction sideways -d 1 >out 2>err || status=$?
	check_eq "$status" 1 "the status"
	check_has err 'ingress or egress'
}

test_two_tc_programs_side_by_side() {
	need bpf tc
	make_netns
	start nsenter -t "$netns_a" -n $SKEP run "$(program packets)" -I lo -v -j -o first.json 2>first
	wait_ready first attached
	one=$PID
	start nsenter -t "$netns_a" -n $SKEP run "$(program packets)" -I lo -v -j -o second.json 2>second
	wait_ready second attached
	two=$PID
	in_a "$LOAD" udp 0 3 100 >said
	stop "$one"
	in_a "$LOAD" udp 0 4 100 >said
	stop "$two"
	check_rows first.json 1 key=142 value=3
	check_rows second.json 1 key=142 value=7
}

test_xdp_replaces_nobody() {
	need bpf xdp_generic
	make_netns
	start nsenter -t "$netns_a" -n $SKEP run "$(program 21-xdp)" -I lo -v -o lines 2>first
	wait_ready first 'attached xdp on lo \(generic\)'
	status=0
	in_a $SKEP run "$(program 21-xdp)" -I lo -d 1 >out 2>err || status=$?
	check_eq "$status" 1 "the status of the second"
	check_has err 'lo already has an XDP program'
	in_a "$LOAD" udp 0 3 100 >said
	stop "$PID"
	check_eq "$STATUS" 0 "the status of the first"
	check_lines lines 'packet size is 142' 3
}

test_xdp_modes() {
	need bpf xdp_native
	make_netns
	for mode in native generic; do
		in_a $SKEP run "$(program 21-xdp)" -I va --xdp-mode $mode -v -d 100ms >lines 2>err
		check_has err "attached xdp on va ($mode)"
	done
	in_a $SKEP run "$(program 21-xdp)" -I va -v -d 100ms >lines 2>err
	check_has err 'attached xdp on va (native)'
	for bad in '-I nosuchif' '--xdp-mode fast -I va'; do
		status=0
		in_a $SKEP run "$(program 21-xdp)" $bad -d 1 >out 2>err || status=$?
		check_eq "$status" 1 "the status with $bad"
		check_lines err . 1
	done
}

# ---- where the object comes from -----------------------------------------------------------------

compile() { # FILE… : x.bpf.c → x.bpf.o, without skep
	clang -O2 -target bpf -mcpu=v3 -idirafter "/usr/include/$(uname -m)-linux-gnu" "$@"
}

test_object_on_standard_input() {
	need bpf raw_tp
	object=$TESTS/../build/tests/progs/twins.bpf.o
	[ -e "$object" ] || { make -s -C "$TESTS/.." build/tests/progs/twins.bpf.o >make.log 2>&1 || fail_test "$(tail make.log)"; }
	$SKEP run - -j -o rows.json -- "$LOAD" readline x <"$object" >said
	check_rows rows.json 1 pid="$(value said pid)"
	check_status 0 $SKEP run - --help <"$object"
	check_has out 'Usage: skep run stdin'
}

without_types='#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	bpf_printk("exec of %d", (int)(bpf_get_current_pid_tgid() >> 32));
	return 0;
}
char LICENSE[] SEC("license") = "GPL";'

test_object_without_types() {
	need bpf raw_tp clang
	echo "$without_types" >plain.bpf.c
	compile -c plain.bpf.c -o plain.bpf.o # no -g: no BTF
	$SKEP run plain.bpf.o -o lines -- "$LOAD" readline x >said
	check_lines lines "^exec of $(value said pid)\$" 1
	check_eq "$(grep -c . lines)" 1 "all lines"
}

test_source_that_does_not_compile() {
	need clang
	echo 'int broken(void) { return x; }' >broken.bpf.c
	check_status 1 $SKEP run broken.bpf.c
	check_has err 'broken.bpf.c:1:27: error:'
	check_has err "return x;"
}

test_dry_run_attaches_nothing() {
	need bpf raw_tp
	run twins --dry-run -v >out 2>err
	check_lines err 'twins: attached' 0
	check_has err 'loaded, and not attached'
	refuses 1 refused --dry-run
}

# ---- maps ----------------------------------------------------------------------------------------

test_maps_at_an_interval() {
	need bpf perf_sw
	run sample --event cpu-clock -F 200 -i 100ms -j -o rows.json -- "$LOAD" spin-ms 500 >said 2>err
	# nobody marked the map: it is the program's own and is not emptied
	json_rows rows.json comm=load | sed 's/.*"value":\([0-9]*\).*/\1/' >values
	sort -n values >sorted
	cmp -s values sorted || fail_test "a count fell"
	[ "$(grep -c . values)" -ge 2 ] || fail_test "shown $(grep -c . values) times"
}
