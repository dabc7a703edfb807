// SPDX-License-Identifier: Apache-2.0

// The other end of the network's figures, in the control domain, and what Linux as a guest serves.
//
//   netbench serve                              port 80: answers HTTP; 9: takes; 19: gives 8 MiB
//   netbench now                                prints the time in nanoseconds
//   netbench answer HOST                        sends pings until one is answered; prints the time then
//   netbench page HOST                          connects until a page has come; prints the time then
//   netbench ping HOST COUNT                    prints the median nanoseconds of a ping
//   netbench http HOST COUNT WIDTH KEEP         COUNT requests, WIDTH at a time; prints nanoseconds in all
//   netbench take HOST | give HOST BYTES        one stream; prints nanoseconds
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { clients = 256, stream_size = 8 << 20 };
static char buffer[65536];

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "netbench: %s: %s\n", what, strerror(errno));
  exit(1);
}

static struct sockaddr_in address(const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

static int open_stream(const char *host, int port) {
  struct sockaddr_in peer = address(host, port);
  int socket_ = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (connect(socket_, (struct sockaddr *)&peer, sizeof peer) == 0) return socket_;
  close(socket_);
  return -1;
}

static int port(int number) {
  struct sockaddr_in own = address("0.0.0.0", number);
  int socket_ = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(socket_, (struct sockaddr *)&own, sizeof own) || listen(socket_, 128)) fail("listen");
  return socket_;
}

#define BODY "<h1>Hello from Xen</h1>\n"
static const char page[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 24\r\n\r\n" BODY;

static void serve(void) {
  struct pollfd set[clients + 3] = {{port(80), POLLIN}, {port(9), POLLIN}, {port(19), POLLIN}};
  int role[clients + 3] = {0}, count = 3;
  long left[clients + 3] = {0};
  for (;;) {
    if (poll(set, count, -1) < 0) continue;
    for (int place = 0; place < count; place++) {
      if (!set[place].revents) continue;
      int descriptor = set[place].fd;
      if (place < 3) {
        int client = accept(descriptor, NULL, NULL), yes = 1;
        if (client < 0 || count == clients + 3) continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        fcntl(client, F_SETFL, O_NONBLOCK);
        role[count] = place;
        left[count] = stream_size;
        set[count++] = (struct pollfd){client, place == 2 ? POLLOUT : POLLIN};
        continue;
      }
      int over = 0;
      if (role[place] == 2) {
        ssize_t sent = write(descriptor, buffer, left[place] < 65536 ? left[place] : 65536);
        if (sent > 0) left[place] -= sent;
        over = left[place] == 0 || (sent < 0 && errno != EAGAIN);
      } else {
        ssize_t got = read(descriptor, buffer, sizeof buffer - 1);
        over = got == 0 || (got < 0 && errno != EAGAIN);
        if (got > 0 && role[place] == 0) {
          buffer[got] = 0;
          if (write(descriptor, page, sizeof page - 1) < 0) over = 1;
          if (strstr(buffer, "Connection: close")) over = 1;
        }
      }
      if (!over) continue;
      close(descriptor);
      count--;
      set[place] = set[count];
      role[place] = role[count];
      left[place] = left[count];
      set[place].revents = 0;
    }
  }
}

static unsigned short checksum(unsigned short *words, int count) {
  unsigned sum = 0;
  while (count--) sum += *words++;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

// Sends a ping, and waits for its answer; false after a time in milliseconds.
static int ping(int socket_, struct sockaddr_in peer, int number, int patience) {
  struct {
    struct icmphdr header;
    char data[56];
  } request = {.header = {.type = ICMP_ECHO, .un.echo = {.id = 77, .sequence = number}}};
  request.header.checksum = checksum((unsigned short *)&request, sizeof request / 2);
  sendto(socket_, &request, sizeof request, 0, (struct sockaddr *)&peer, sizeof peer);
  long long end = now() + patience * 1000000LL;
  while (now() < end) {
    struct pollfd set = {socket_, POLLIN};
    if (poll(&set, 1, patience) <= 0) continue;
    unsigned char answer[1500];
    ssize_t count = recv(socket_, answer, sizeof answer, 0);
    struct icmphdr *header = (void *)(answer + 20);
    if (count >= 28 && header->type == ICMP_ECHOREPLY && header->un.echo.sequence == number) return 1;
  }
  return 0;
}

static int compare(const void *left, const void *right) {
  long long difference = *(long long *)left - *(long long *)right;
  return difference < 0 ? -1 : difference > 0;
}

static void http(const char *host, int total, int width, int keep) {
  static const char *requests[] = {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                   "GET / HTTP/1.1\r\nHost: a\r\n\r\n"};
  int started = 0, done = 0;
  struct pollfd set[clients];
  for (int place = 0; place < width; place++) set[place] = (struct pollfd){-1, POLLIN};
  long long start = now();
  while (done < total) {
    for (int place = 0; place < width; place++) {
      if (set[place].fd >= 0 || started == total) continue;
      set[place].fd = open_stream(host, 80);
      if (set[place].fd < 0) fail("connect");
      if (write(set[place].fd, requests[keep], strlen(requests[keep])) < 0) fail("write");
      started++;
    }
    if (poll(set, width, 10000) <= 0) fail("no answer");
    for (int place = 0; place < width; place++) {
      if (!set[place].revents) continue;
      ssize_t got = read(set[place].fd, buffer, sizeof buffer - 1);
      if (got < 0) fail("read");
      buffer[got > 0 ? got : 0] = 0;
      int whole = got > 0 && strstr(buffer, "from Xen</h1>") != NULL;
      done += whole;
      if (whole && keep && started < total) {
        if (write(set[place].fd, requests[1], strlen(requests[1])) < 0) fail("write");
        started++;
      } else if (got == 0 || (whole && keep)) {
        close(set[place].fd);
        set[place].fd = -1;
      }
    }
  }
  printf("%lld\n", now() - start);
}

// Asks for the page, once; false if nobody answers yet. An answer that is not the page is the end.
static int get_page(const char *host) {
  static const char request[] = "GET / HTTP/1.0\r\nConnection: close\r\n\r\n";
  int stream = open_stream(host, 80);
  if (stream < 0) return 0;
  size_t total = 0;
  ssize_t got = write(stream, request, sizeof request - 1) == sizeof request - 1 ? 1 : -1;
  for (; got > 0 && (got = read(stream, buffer + total, sizeof buffer - 1 - total)) > 0; total += got) {}
  close(stream);
  // One that listens before it serves breaks off.
  if (total == 0) return 0;
  buffer[total] = 0;
  const char *end = strstr(buffer, "\r\n\r\n");
  int is_ok = !strncmp(buffer, "HTTP/1.1 200 ", 13) || !strncmp(buffer, "HTTP/1.0 200 ", 13);
  if (got == 0 && is_ok && end && !strcmp(end + 4, BODY)) return 1;
  fprintf(stderr, "netbench: %zu bytes came that are not the page: %.200s\n", total, buffer);
  exit(1);
}

int main(int count, char **words) {
  signal(SIGPIPE, SIG_IGN);
  if (count == 2 && !strcmp(words[1], "serve")) serve();
  if (count == 2 && !strcmp(words[1], "now")) return printf("%lld\n", now()) < 0;
  if (count < 3) return 2;
  const char *verb = words[1], *host = words[2];
  long long start = now();
  if (!strcmp(verb, "answer") || !strcmp(verb, "ping")) {
    int socket_ = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), number = 0;
    if (socket_ < 0) fail("raw socket");
    if (!strcmp(verb, "answer")) {
      while (!ping(socket_, address(host, 0), number, 3))
        if (number++ > 30000) return 1;
      printf("%lld\n", now());
      return 0;
    }
    static long long times[10000];
    int total = atoi(words[3]);
    for (; number < total && number < 10000; number++) {
      long long begin = now();
      if (!ping(socket_, address(host, 0), 40000 + number, 2000)) return 1;
      times[number] = now() - begin;
    }
    qsort(times, number, sizeof *times, compare);
    printf("%lld\n", times[number / 2]);
  } else if (!strcmp(verb, "page")) {
    while (!get_page(host)) {
      if (now() - start > 60000000000LL) return 1;
      usleep(3000);
    }
    printf("%lld\n", now());
  } else if (!strcmp(verb, "http") && count == 6) {
    http(host, atoi(words[3]), atoi(words[4]), atoi(words[5]));
  } else if (!strcmp(verb, "take")) {
    int stream = open_stream(host, 19);
    long total = 0;
    for (ssize_t got; (got = read(stream, buffer, sizeof buffer)) > 0; total += got) {}
    if (total != stream_size) fail("stream cut");
    printf("%lld\n", now() - start);
  } else if (!strcmp(verb, "give") && count == 4) {
    int stream = open_stream(host, 9);
    for (long left = atol(words[3]); left > 0;) {
      ssize_t sent = write(stream, buffer, left < 65536 ? left : 65536);
      if (sent <= 0) fail("write");
      left -= sent;
    }
    shutdown(stream, SHUT_WR);
    while (read(stream, buffer, sizeof buffer) > 0) {}
    printf("%lld\n", now() - start);
  } else {
    return 2;
  }
}
