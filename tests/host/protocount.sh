# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# protocount: packets and bytes of known traffic on an interface of our own.


test_udp_is_counted_twice_on_loopback() {
	need bpf socket netns
	make_netns
	in_a $SKEP protocount -I lo -j -o rows.json -- "$LOAD" udp 0 10 100 >said
	# the sending and the receiving side of lo; 14 + 20 + 8 + 100 bytes a frame
	check_rows rows.json 1 proto_name=udp packets=20 bytes=2840
}

test_ipv6_is_counted() {
	need bpf socket netns
	make_netns
	in_a $SKEP protocount -I lo -j -o rows.json -- "$LOAD" udp6 0 10 100 >said
	check_rows rows.json 1 proto_name=udp packets=20 bytes=3240
}

test_interface_must_be_named() {
	need bpf socket
	check_status 1 $SKEP protocount -d 1
	check_has err interface
	check_status 1 $SKEP protocount -I nosuchif -d 1
	check_has err nosuchif
}
