// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CHostSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// Lives on the stack of launch_from_thread until `started` is posted; the daemon thread must not touch
// it afterwards.
struct start {
  const pvh_child_request *request;
  sem_t started;
  pvh_child child;
  int error;
};

static _Noreturn void fail(int report) {
  int error = errno;
  (void)!write(report, &error, sizeof error);
  _exit(127);
}

// Runs in the child between vfork and exec, in the memory of a multi-threaded process, on the stack of
// a thread that waits meanwhile: async-signal-safe calls only. No signal handler can run, since all
// signals are blocked until there is none left.
static _Noreturn void become(const pvh_child_request *request, pid_t parent, int report) {
  // Set first, compared second: if the parent died in between, getppid tells.
  _Bool asks = request->tie == pvh_child_asks;
  if (asks || request->tie == pvh_child_ends_with_us)
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(127);
  if (request->tie == pvh_child_own_session) setsid();
  else if (!asks) setpgid(0, 0);
  for (int signal = 1; signal < NSIG; signal++) {
    struct sigaction now;
    // An ignored SIGINT (nohup, background jobs of a script) stays ignored; handlers do not.
    if (sigaction(signal, NULL, &now) == 0 && now.sa_handler != SIG_IGN && now.sa_handler != SIG_DFL) {
      now.sa_handler = SIG_DFL;
      sigaction(signal, &now, NULL);
    }
  }
  struct sigaction standard = {.sa_handler = SIG_DFL};
  sigaction(SIGPIPE, &standard, NULL);
  if (asks) {
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &ignored, NULL);
    sigaction(SIGQUIT, &ignored, NULL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (request->directory != NULL && chdir(request->directory) != 0) fail(report);

  // The three streams are first moved out of the way of 0...2, so that none overwrites another.
  int streams[3] = {request->standard_input, request->standard_output, request->standard_error};
  if (request->terminal != NULL) {
    // The first terminal that the leader of a session opens becomes the session's.
    int terminal = open(request->terminal, O_RDWR);
    if (terminal < 0) fail(report);
    streams[0] = streams[1] = streams[2] = terminal;
  }
  for (int i = 0; i < 3; i++) {
    streams[i] = fcntl(streams[i], F_DUPFD_CLOEXEC, 3);
    if (streams[i] < 0) fail(report);
  }
  for (int i = 0; i < 3; i++)
    if (dup2(streams[i], i) < 0) fail(report);
  // Descriptors that other code opened without close-on-exec; on a kernel without the call they leak.
  syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  for (size_t i = 0; i < request->inherited_count; i++)
    if (fcntl(request->inherited[i], F_SETFD, 0) != 0) fail(report);
  execve(request->path, request->arguments, request->environment);
  fail(report);
}

// Starts the child from the calling thread, all of whose signals are blocked. Returns 0 or an errno value.
static int launch(const pvh_child_request *request, pvh_child *result) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return errno;
  pid_t parent = getpid();
  // Not fork: to copy the tables of a large process's memory takes longer than the rest of this.
  pid_t child = vfork();
  if (child == 0) become(request, parent, report[1]);
  int error = child < 0 ? errno : 0;
  close(report[1]);
  int descriptor = -1;
  if (error == 0) {
    // Not reaped by anyone yet, so the number cannot have been reused.
    descriptor = (int)syscall(SYS_pidfd_open, child, 0);
    if (descriptor < 0) error = errno;
    // The pipe closes by itself at exec; a number in it means that exec failed.
    else if (read(report[0], &error, sizeof error) < 0) error = errno;
    if (error != 0) {
      kill(child, SIGKILL);
      waitpid(child, NULL, 0);
      if (descriptor >= 0) close(descriptor);
    }
  }
  close(report[0]);
  result->process_descriptor = descriptor;
  result->process = child;
  return error;
}

// PR_SET_PDEATHSIG fires when the *thread* that forked ends. So that thread does nothing else and
// outlives the child: it ends only after the pidfd says that the child is gone.
static void *keep(void *argument) {
  struct start *start = argument;
  int error = launch(start->request, &start->child), watched = -1;
  if (error == 0) {
    watched = fcntl(start->child.process_descriptor, F_DUPFD_CLOEXEC, 3);
    if (watched < 0) {
      error = errno;
      kill(start->child.process, SIGKILL);
      waitpid(start->child.process, NULL, 0);
      close(start->child.process_descriptor);
    }
  }
  start->error = error;
  sem_post(&start->started);
  if (error != 0) return NULL;
  struct pollfd ended = {.fd = watched, .events = POLLIN};
  while (poll(&ended, 1, -1) < 1) {
  }
  close(watched);
  return NULL;
}

// Starts the child from a thread that ends after it. Returns 0 or an errno value.
static int launch_from_thread(const pvh_child_request *request, pvh_child *child) {
  struct start start = {.request = request};
  sem_init(&start.started, 0, 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 128 * 1024);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, keep, &start);
  pthread_attr_destroy(&attributes);
  if (error == 0) {
    while (sem_wait(&start.started) != 0) {
    }
    error = start.error;
  }
  sem_destroy(&start.started);
  if (error == 0) *child = start.child;
  return error;
}

int pvh_child_start(const pvh_child_request *request, pvh_child *child) {
  // The thread that starts it takes no signals: they belong to the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  _Bool goes_on = request->tie == pvh_child_own_group || request->tie == pvh_child_own_session;
  int error = goes_on ? launch(request, child) : launch_from_thread(request, child);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

int pvh_process_descriptor(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int pvh_child_signal(int process_descriptor, int signal) {
  if (syscall(SYS_pidfd_send_signal, process_descriptor, signal, NULL, 0) == 0) return 0;
  return errno == ESRCH ? 0 : errno;
}

int pvh_child_reap(int process_descriptor, _Bool waiting, int *status, _Bool *was_signal) {
  siginfo_t information = {0};
  int options = WEXITED | (waiting ? 0 : WNOHANG);
  while (waitid(P_PIDFD, (id_t)process_descriptor, &information, options) != 0)
    if (errno != EINTR) return errno;
  if (information.si_pid == 0) return EAGAIN;
  *status = information.si_status;
  *was_signal = information.si_code != CLD_EXITED;
  return 0;
}

_Bool pvh_ignores_signal(int signal) {
  struct sigaction now;
  return sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}
