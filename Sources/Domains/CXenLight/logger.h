// SPDX-License-Identifier: Apache-2.0
#ifndef PVH_LOGGER_H
#define PVH_LOGGER_H

#include "xen.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

#endif
