// SPDX-License-Identifier: Apache-2.0
// libxenlight creates domains; libxenctrl and libxenstore say what became of them.

// First: it declares the privileged interface in the headers that the others include.
#include <xenctrl.h>

#include <fcntl.h>
#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <linux/memfd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/sched.h>
#include <xenforeignmemory.h>
#include <xenguest.h>
#include <xenstore.h>
#include <xentoollog.h>

// Xen's libraries report through a table of functions, one of which takes a va_list. Here each
// report becomes one finished line, handed to a function that Swift can provide.

typedef void pvh_log_line(void *context, xentoollog_level level, const char *source,
                          const char *line);

struct pvh_logger {
  xentoollog_logger table; // first, so that the libraries' pointer is also ours
  pvh_log_line *line;
  void *context;
  xentoollog_level minimum; // lines below it are dropped before they are formatted
};

static inline void pvh_logger_message(struct xentoollog_logger *table, xentoollog_level level,
                                      int error, const char *source, const char *format,
                                      va_list arguments) {
  struct pvh_logger *logger = (struct pvh_logger *)table;
  char line[512];
  if (level < logger->minimum) return;
  int length = vsnprintf(line, sizeof line, format, arguments);
  if (length >= 0 && error > 0 && (size_t)length < sizeof line)
    snprintf(line + length, sizeof line - (size_t)length, ": %s", strerror(error));
  logger->line(logger->context, level, source, line);
}

static inline void pvh_logger_destroy(struct xentoollog_logger *table) { (void)table; }

static inline void pvh_logger_init(struct pvh_logger *logger, pvh_log_line *line, void *context) {
  logger->table.vmessage = pvh_logger_message;
  logger->table.progress = NULL;
  logger->table.destroy = pvh_logger_destroy;
  logger->line = line;
  logger->context = context;
  logger->minimum = XTL_NOTICE;
}

// A guest owns these two words and may change them at any moment: each is read in one instruction.

static inline uint32_t pvh_console_produced(const void *page) {
  return __atomic_load_n(&((const struct xencons_interface *)page)->out_prod, __ATOMIC_ACQUIRE);
}

static inline uint32_t pvh_console_consumed(const void *page) {
  return __atomic_load_n(&((const struct xencons_interface *)page)->out_cons, __ATOMIC_ACQUIRE);
}

// The field is of an unnamed enumeration, which Swift cannot spell.
static inline void pvh_image_is_hvm(struct xc_dom_image *image) {
  image->container_type = XC_DOM_HVM_CONTAINER;
}

// Linux calls that glibc declares to GNU C only, or not at all.

static inline int pvh_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

static inline int pvh_memory_file(const char *name) {
  return (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC);
}

// Readable once the process has ended, without the signal that libxenlight claims for itself.
static inline int pvh_process_descriptor(pid_t process) {
  return (int)syscall(SYS_pidfd_open, process, 0);
}

static inline int pvh_close_from(unsigned first) {
  return (int)syscall(SYS_close_range, first, ~0U, 0);
}

// POSIX_SPAWN_SETSID, which glibc declares to GNU C only. Source: glibc's posix/spawn.h.
enum { pvh_spawn_new_session = 0x80 };

// A pseudo terminal: returns our end, and in *number which /dev/pts/… is the program's.
static inline int pvh_open_terminal(unsigned *number) {
  int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), unlock = 0;
  if (terminal >= 0 && (ioctl(terminal, TIOCSPTLCK, &unlock) || ioctl(terminal, TIOCGPTN, number))) {
    close(terminal);
    return -1;
  }
  return terminal;
}

static inline int pvh_set_terminal_size(int terminal, unsigned short columns, unsigned short rows) {
  struct winsize size = {.ws_col = columns, .ws_row = rows};
  return ioctl(terminal, TIOCSWINSZ, &size);
}
