// SPDX-License-Identifier: Apache-2.0
#include "CKernelUser.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

static void *work(void *nothing) { return nothing; }

void use_kernel(void) {
  struct utsname name;
  pthread_t thread;
  fopen("/etc/passwd", "r");
  fork();
  pthread_create(&thread, 0, work, 0);
  socket(AF_INET, SOCK_STREAM, 0);
  signal(SIGTERM, SIG_IGN);
  mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uname(&name);
}
