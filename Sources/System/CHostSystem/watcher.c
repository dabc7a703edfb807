// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CHostSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// The watcher shares this process's memory, so that starting it costs neither a copy of the tables of
// that memory nor a fault for each page written afterwards. It therefore has a stack of its own, and
// calls nothing that has a state in that memory: not even errno, which is a variable of the calling
// thread.

// One page for all that a watcher has, so that it costs one page fault.
struct watcher {
  int incoming;
  size_t size;
  const char *path, *name, *word;
  char *const *environment;
  char message[64 + 1];
  _Alignas(16) char stack[];
};

static long call(long number, long first, long second, long third) {
  register long fourth __asm__("r10") = sizeof(uint64_t); // only of rt_sigprocmask: the size of a mask
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(first), "S"(second), "d"(third), "r"(fourth)
                   : "rcx", "r11", "memory");
  return result;
}

static int watch(void *argument) {
  struct watcher *watcher = argument;
  // A signal to the terminal's process group is not meant for it.
  call(SYS_setsid, 0, 0, 0);
  // The other end of the pipe, too: as long as one is open anywhere, the pipe does not end.
  call(SYS_dup2, watcher->incoming, 3, 0);
  call(SYS_close_range, 4, ~0U, 0);
  char next[64];
  while (1) {
    long count = call(SYS_read, 3, (long)next, (long)watcher->size);
    if (count == (long)watcher->size)
      for (size_t i = 0; i < watcher->size; i++) watcher->message[i] = next[i];
    if (count == 0 || (count < 0 && count != -EINTR)) break;
  }
  if (watcher->message[0] != '.') {
    // The program is to hear of its children.
    uint64_t none = 0;
    call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0);
    char *arguments[] = {(char *)watcher->name, (char *)watcher->word, watcher->message, NULL};
    call(SYS_execve, (long)watcher->path, (long)arguments, (long)watcher->environment);
    static const char complaint[] = "pvh-agent: a domain is left behind: exec failed\n";
    call(SYS_write, 2, (long)complaint, sizeof complaint - 1);
  }
  call(SYS_exit_group, 0, 0, 0);
  return 0;
}

pid_t pvh_start_watcher(int incoming, size_t size, const char *path, const char *name,
                        const char *word) {
  if (size > sizeof((struct watcher *)0)->message - 1) {
    errno = EINVAL;
    return -1;
  }
  size_t page = 4096;
  struct watcher *watcher =
      mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (watcher == MAP_FAILED) return -1;
  *watcher = (struct watcher){.incoming = incoming,
                              .size = size,
                              .path = path,
                              .name = name,
                              .word = word,
                              .environment = environ};
  memset(watcher->message, '.', size);
  // It keeps the mask of this thread, under which no handler of this process can run in it.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pid_t process = clone(watch, (char *)watcher + page, CLONE_VM | SIGCHLD, watcher);
  int error = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (process < 0) munmap(watcher, page);
  errno = error;
  return process;
}
