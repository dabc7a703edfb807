// SPDX-License-Identifier: Apache-2.0
#pragma once

// What Swift cannot do by itself: fork a multi-threaded process safely, and pass descriptors.
// System headers that the Glibc module leaves out are included here for the same reason.

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/timerfd.h>
#include <sys/types.h>

/// How a child is tied to this process.
typedef enum {
  /// The kernel kills it as soon as this process is gone, however it went. It has a process group of its
  /// own, so that the terminal's Ctrl-C does not reach it.
  pvh_child_ends_with_us,
  /// As above, but it stays in this process's group, so that it can ask for a password on the terminal;
  /// the terminal's Ctrl-C is then not for it.
  pvh_child_asks,
  /// It goes on, in a process group of its own.
  pvh_child_own_group,
  /// It goes on, in a session of its own.
  pvh_child_own_session,
} pvh_child_tie;

/// What to start, and with which descriptors.
typedef struct {
  const char *path;
  /// Both end with a null pointer.
  char *const *arguments;
  char *const *environment;
  /// Null: stay in the caller's directory.
  const char *directory;
  /// Null, or a terminal for the session of its own, which becomes all three streams.
  const char *terminal;
  int standard_input;
  int standard_output;
  int standard_error;
  /// Descriptors that the child gets under the same number; all others are closed.
  const int *inherited;
  size_t inherited_count;
  pvh_child_tie tie;
} pvh_child_request;

/// A child that was started.
typedef struct {
  /// A pidfd: it polls readable when the child has ended, and the caller must reap it with
  /// `pvh_child_reap`.
  int process_descriptor;
  pid_t process;
} pvh_child;

/// Starts a child. Returns 0 or an errno value.
int pvh_child_start(const pvh_child_request *request, pvh_child *child);

/// A pidfd of any process: it polls readable when the process has ended, reaped or not. Returns -1 with
/// errno set if there is no such process.
int pvh_process_descriptor(pid_t process);

/// Sends a signal; a child that ended already is not an error. Returns 0 or an errno value.
int pvh_child_signal(int process_descriptor, int signal);

/// Takes the status of a child that has ended, `waiting` for its end or not: an exit status, or the number
/// of a signal. Returns 0, EAGAIN if it has not ended, or an errno value.
int pvh_child_reap(int process_descriptor, _Bool waiting, int *status, _Bool *was_signal);

/// Starts a process without a copy of this one's memory that waits for the end of this one, and then runs
/// a program.
///
/// It reads messages of `size` bytes from `incoming` and keeps the last one. When the other end of
/// `incoming` is closed by the end of this process, and the message does not begin with a dot, it becomes
/// `path` with the arguments `name`, `word` and the message. All four, and `incoming`, have to stay as
/// they are for as long as this process lives; `size` is at most 64. Returns the process's number, or -1
/// with errno set.
pid_t pvh_start_watcher(int incoming, size_t size, const char *path, const char *name, const char *word);

/// Sends `bytes` over a connected socket together with one descriptor. Returns 0 or an errno value.
int pvh_send_with_descriptor(int socket, const void *bytes, size_t count, int descriptor);

/// An anonymous file in memory, close-on-exec. Returns the descriptor, or -1 with errno set.
int pvh_memory_file(const char *name);

/// A file without a name in a folder, to be written and linked; close-on-exec, for its owner only.
/// Returns the descriptor, or -1 with errno set: not every file system has such files.
int pvh_unnamed_file(const char *folder);

/// Offset of the first byte at or after `offset` that is not in a hole, or -1 if there is none.
int64_t pvh_next_data(int descriptor, int64_t offset);

/// Offset of the first byte at or after `offset` that is in a hole; the end of a file counts as one.
int64_t pvh_next_hole(int descriptor, int64_t offset);

/// Gives back the disk space of a part of a file, which then reads as zeros; the file's size stays.
/// Returns 0, or -1 with errno set.
int pvh_discard(int descriptor, int64_t offset, int64_t size);

/// Whether this process ignores a signal, for example SIGINT in a background job of a script.
_Bool pvh_ignores_signal(int signal);

/// Connections that wait are close-on-exec. Returns the descriptor, or -1 with errno set.
int pvh_accept(int listener);

/// A folder as a place to start paths from (C name: `O_PATH`). Returns the descriptor, or -1 with errno set.
int pvh_open_path(const char *path);

/// A new pseudo terminal, which does not block: returns our end, and in `*number` which /dev/pts/… is the
/// program's.
int pvh_open_terminal(unsigned *number);

/// Makes a loop device of a file; the device goes as soon as nobody has it open any more. The kernel keeps
/// `name` for people. Returns a descriptor of the device, and in `*number` which /dev/loop… it is; or -1 with
/// errno set: ENOENT where there is no driver.
int pvh_attach_loop(int file, _Bool read_only, const char *name, unsigned *number);

/// Brings a network interface up. Returns 0, or -1 with errno set.
int pvh_bring_up_interface(const char *name);

/// Puts a network interface into a bridge. Returns 0, or -1 with errno set: EBUSY if it is in one.
int pvh_add_to_bridge(const char *bridge, const char *name);

/// The six bytes of the hardware address that belongs to an IPv4 address, a number with the most significant byte
/// first, in the network of an interface. Returns 0, or -1 with errno set: ENXIO if it is not known.
int pvh_hardware_address(const char *interface, uint32_t address, uint8_t *octets);
