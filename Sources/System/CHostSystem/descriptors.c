// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CHostSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int pvh_send_with_descriptor(int socket, const void *bytes, size_t count, int descriptor) {
  union {
    char space[CMSG_SPACE(sizeof(int))];
    struct cmsghdr aligned;
  } control = {0};
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = control.space,
      .msg_controllen = sizeof control.space,
  };
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) return errno;
  return (size_t)sent == count ? 0 : EMSGSIZE;
}

int pvh_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int pvh_unnamed_file(const char *folder) {
  return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

int64_t pvh_next_data(int descriptor, int64_t offset) {
  return lseek(descriptor, offset, SEEK_DATA);
}

int64_t pvh_next_hole(int descriptor, int64_t offset) {
  return lseek(descriptor, offset, SEEK_HOLE);
}

int pvh_discard(int descriptor, int64_t offset, int64_t size) {
  return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, size);
}

int pvh_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

int pvh_open_path(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

int pvh_open_terminal(unsigned *number) {
  int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), unlock = 0;
  if (terminal >= 0 && (ioctl(terminal, TIOCSPTLCK, &unlock) || ioctl(terminal, TIOCGPTN, number))) {
    int error = errno;
    close(terminal);
    errno = error;
    return -1;
  }
  return terminal;
}
