// SPDX-License-Identifier: Apache-2.0
//
// What <stdio.h> calls FILE.
#ifndef PVHKIT_STREAM_H
#define PVHKIT_STREAM_H

#include "CGuestLibrary.h"

// The library's stream, as far as it is touched here; what follows is its own, and zero.
// Source: `struct _IO_FILE` in `src/internal/stdio_impl.h` of musl, the same from 1.2.0 to 1.2.5.
struct stream {
  unsigned flags;
  unsigned char *read_position, *read_end;
  int (*close)(struct stream *);
  unsigned char *write_end, *write_position, *must_be_zero, *write_base;
  size_t (*read)(struct stream *, unsigned char *, size_t);
  size_t (*write)(struct stream *, const unsigned char *, size_t);
  int64_t (*seek)(struct stream *, int64_t, int);
  unsigned char *buffer;
  size_t buffer_size;
  struct stream *previous, *next;
  int descriptor, process;
  long lock_count;
  int mode;
  volatile int lock;
  int end_of_line;
  void *rest[12];
};

enum { PERMANENT = 1, NO_READING = 4, NO_WRITING = 8, END_OF_FILE = 16 };

// What the library keeps before a stream's buffer, for characters that are put back.
#define PUT_BACK 8
#define NO_LOCK (-1)
#define NO_CHARACTER (-1)

#endif
