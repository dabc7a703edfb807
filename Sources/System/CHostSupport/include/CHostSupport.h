// SPDX-License-Identifier: Apache-2.0
#pragma once

// What Swift cannot do by itself: fork a multi-threaded process safely, and pass descriptors.
// System headers that the Glibc module leaves out are included here for the same reason.

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/types.h>

/// What to start, and with which descriptors.
typedef struct {
  const char *path;
  /// Both end with a null pointer.
  char *const *arguments;
  char *const *environment;
  /// Null: stay in the caller's directory.
  const char *directory;
  int standard_input;
  int standard_output;
  int standard_error;
  /// Descriptors that the child gets under the same number; all others are closed.
  const int *inherited;
  size_t inherited_count;
  /// Whether it goes on, in a session of its own, when this process ends.
  _Bool outlives;
  /// Whether it stays in this process's group, so that it can ask for a password on the terminal; the
  /// terminal's Ctrl-C is then not for it.
  _Bool asks;
} pvh_child_request;

/// Starts a child which the kernel kills as soon as this process is gone, however it went, unless it
/// is to outlive it.
///
/// The child is in a process group of its own, so the terminal's Ctrl-C does not reach it.
/// Returns 0 or an errno value. On success `*process_descriptor` is a pidfd: it polls readable when
/// the child has ended, and the caller must reap it with `pvh_child_reap`.
int pvh_child_start(const pvh_child_request *request, int *process_descriptor);

/// A pidfd of any process: it polls readable when the process has ended, reaped or not. Returns -1 with
/// errno set if there is no such process.
int pvh_process_descriptor(pid_t process);

/// Sends a signal; a child that ended already is not an error. Returns 0 or an errno value.
int pvh_child_signal(int process_descriptor, int signal);

/// Waits for the end of the child and takes its status (exit status, or 128 + signal number).
/// Returns 0 or an errno value.
int pvh_child_reap(int process_descriptor, int *status);

/// Sends `bytes` over a connected socket together with one descriptor. Returns 0 or an errno value.
int pvh_send_with_descriptor(int socket, const void *bytes, size_t count, int descriptor);

/// An anonymous file in memory, close-on-exec. Returns the descriptor, or -1 with errno set.
int pvh_memory_file(const char *name);

/// A file without a name in a folder, to be written and linked; close-on-exec, for its owner only.
/// Returns the descriptor, or -1 with errno set: not every file system has such files.
int pvh_unnamed_file(const char *folder);

/// Offset of the first byte at or after `offset` that is not in a hole, or -1 if there is none.
int64_t pvh_next_data(int descriptor, int64_t offset);

/// Gives back the disk space of a part of a file, which then reads as zeros; the file's size stays.
/// Returns 0, or -1 with errno set.
int pvh_discard(int descriptor, int64_t offset, int64_t size);

/// Whether this process ignores a signal, for example SIGINT in a background job of a script.
_Bool pvh_ignores_signal(int signal);
