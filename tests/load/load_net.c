/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* load: TCP, UDP and ICMP on the loopback interface. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t loopback(union address *a, int family, int port)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = family;
	if (family == AF_INET) {
		a->v4.sin_port = htons(port);
		a->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(a->v4);
	}
	a->v6.sin6_port = htons(port);
	a->v6.sin6_addr = in6addr_loopback;
	return sizeof(a->v6);
}

static int port_of(int fd)
{
	union address a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.sa, &len))
		die("getsockname");
	return ntohs(a.sa.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

static int bound(int family, int type, int port)
{
	union address a;
	socklen_t len = loopback(&a, family, port);
	int fd = socket(family, type, 0), one = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &a.sa, len))
		die("bind");
	return fd;
}

/* Takes one connection, answers what it got, waits for the end, closes. */
static void serve(int listener)
{
	char text[64];
	int fd = accept(listener, NULL, NULL);
	ssize_t n;

	if (fd < 0)
		die("accept");
	while ((n = read(fd, text, sizeof(text))) > 0)
		if (write(fd, text, n) != n)
			die("write");
	sleep_ms(20); /* the client is in FIN_WAIT2 now */
	close(fd);
	close(listener);
	_exit(0);
}

/*
 * One connection, both ends: the client closes first. The states each socket goes through are the
 * same every time and are said here.
 */
static int tcp(int family, int port)
{
	int listener = bound(family, SOCK_STREAM, port), fd;
	union address a;
	socklen_t len;
	char text[64];
	pid_t child;

	if (listen(listener, 4))
		die("listen");
	port = port_of(listener);
	len = loopback(&a, family, port);
	child = forked();
	if (!child)
		serve(listener);
	say("pid=%d", getpid());
	say("server=%d", child);
	say("port=%d", port);
	wait_if_asked();
	fd = socket(family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, &a.sa, len))
		die("connect");
	say("client_port=%d", port_of(fd));
	if (write(fd, "hello", 5) != 5 || read(fd, text, sizeof(text)) != 5)
		die("echo");
	close(fd);
	say("client_states=CLOSE SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE");
	say("server_states=SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE");
	say("listener_states=CLOSE LISTEN CLOSE");
	reap(child);
	close(listener); /* the last holder: LISTEN -> CLOSE is ours */
	return 0;
}

static int cmd_tcp4(int argc, char **argv)
{
	return tcp(AF_INET, argc > 1 ? number(argv[1]) : 0);
}

static int cmd_tcp6(int argc, char **argv)
{
	return tcp(AF_INET6, argc > 1 ? number(argv[1]) : 0);
}

static int cmd_connect_refused(int argc, char **argv)
{
	/* A port that is bound but not listened on refuses, and nobody else can take it. */
	int holder = bound(AF_INET, SOCK_STREAM, argc > 1 ? number(argv[1]) : 0);
	int port = port_of(holder), fd = socket(AF_INET, SOCK_STREAM, 0), err;
	union address a;
	socklen_t len = loopback(&a, AF_INET, port);

	say("pid=%d", getpid());
	say("port=%d", port);
	wait_if_asked();
	err = connect(fd, &a.sa, len) ? errno : 0;
	say("errno=%d", err);
	say("client_states=CLOSE SYN_SENT CLOSE");
	close(fd);
	close(holder);
	return 0;
}

/* N datagrams to a socket of its own; ip_bytes counts the IP header, eth_bytes the link's too. */
static int udp(int family, int argc, char **argv)
{
	int port = number(argv[1]), n = number(argv[2]), size = argc > 3 ? number(argv[3]) : 100;
	int server = bound(family, SOCK_DGRAM, port), fd = socket(family, SOCK_DGRAM, 0);
	long header = family == AF_INET ? 28 : 48;
	static char data[65536];
	union address a;
	socklen_t len;

	port = port_of(server);
	len = loopback(&a, family, port);
	if (fd < 0 || connect(fd, &a.sa, len))
		die("connect");
	say("pid=%d", getpid());
	say("port=%d", port);
	wait_if_asked();
	for (int i = 0; i < n; i++) {
		if (send(fd, data, size, 0) != size || recv(server, data, sizeof(data), 0) != size)
			die("send");
	}
	say("packets=%d", n);
	say("payload_bytes=%ld", (long)n * size);
	say("ip_bytes=%ld", n * (size + header));
	say("eth_bytes=%ld", n * (size + header + 14));
	return 0;
}

static int cmd_udp(int argc, char **argv)
{
	return udp(AF_INET, argc, argv);
}

static int cmd_udp6(int argc, char **argv)
{
	return udp(AF_INET6, argc, argv);
}

static unsigned short checksum(const unsigned char *p, int n)
{
	unsigned long sum = 0;

	for (int i = 0; i < n; i++)
		sum += i % 2 ? p[i] : p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

/* N echo requests; the kernel sends as many answers. */
static int cmd_icmp(int argc, char **argv)
{
	int n = number(argv[1]), size = argc > 2 ? number(argv[2]) : 56;
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	static unsigned char packet[65536];
	struct icmphdr *h = (struct icmphdr *)packet;
	union address a;
	socklen_t len = loopback(&a, AF_INET, 0);

	if (fd < 0)
		die("raw socket");
	say("pid=%d", getpid());
	wait_if_asked();
	for (int i = 0; i < n; i++) {
		memset(packet, 0, 8);
		h->type = ICMP_ECHO;
		h->un.echo.id = htons(getpid() & 0xffff);
		h->un.echo.sequence = htons(i);
		h->checksum = checksum(packet, 8 + size);
		if (sendto(fd, packet, 8 + size, 0, &a.sa, len) != 8 + size)
			die("sendto");
	}
	say("requests=%d", n);
	say("answers=%d", n);
	say("ip_bytes=%ld", 2L * n * (size + 28));
	say("eth_bytes=%ld", 2L * n * (size + 28 + 14));
	return 0;
}

static const struct load_cmd cmds[] = {
	{ "tcp4", "[PORT]", "one connection on 127.0.0.1, opened and closed", 0, cmd_tcp4 },
	{ "tcp6", "[PORT]", "the same on ::1", 0, cmd_tcp6 },
	{ "connect-refused", "[PORT]", "a connection nobody takes", 0, cmd_connect_refused },
	{ "udp", "PORT N [SIZE]", "N datagrams (PORT 0: any)", 2, cmd_udp },
	{ "udp6", "PORT N [SIZE]", "the same on ::1", 2, cmd_udp6 },
	{ "icmp", "N [SIZE]", "N echo requests and their answers (root)", 1, cmd_icmp },
};

struct load_table load_net(void)
{
	return (struct load_table){ cmds, sizeof(cmds) / sizeof(cmds[0]) };
}
