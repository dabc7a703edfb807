// SPDX-License-Identifier: Apache-2.0
//
// What C code leaves for the end: functions to be called, output in a buffer. Both are done when the
// program ends, whether it calls `exit` or Swift's `run` returns; guests without have nothing of it.
#ifdef PVHKIT_GUEST
#include "stream.h"

void *malloc(size_t size);
void free(void *memory);

// The library's own: writes what streams hold.
void __stdio_exit(void);

// Set by what leaves something. Volatile, or the compiler would call it by name and link it always.
static void (*volatile work)(void);

void guest_finish_library(void) {
  void (*left)(void) = work;
  if (left) left();
}

struct call {
  void (*function)(void *);
  void *argument;
  struct call *earlier;
};
static struct call *last_call;

// Calls the functions, the last one first; one of them may add others. `exit` looks for it by this name.
void __funcs_on_exit(void) {
  while (last_call) {
    struct call call = *last_call;
    free(last_call);
    last_call = call.earlier;
    call.function(call.argument);
  }
}

static void finish(void) {
  __funcs_on_exit();
  __stdio_exit();
}

// Out: 0, or -1 when there is no memory.
int __cxa_atexit(void (*function)(void *), void *argument, void *program) {
  struct call *call = malloc(sizeof *call);
  if (!call) return -1;
  *call = (struct call){function, argument, last_call};
  last_call = call;
  work = finish;
  return 0;
}

// Nothing is ever unloaded.
void __cxa_finalize(void *program) {}

// A function that takes nothing does not mind an argument in a register.
int atexit(void (*function)(void)) { return __cxa_atexit((void (*)(void *))function, NULL, NULL); }

enum { FULLY = 0, BY_LINES = 1, NOT = 2 };

// Without a buffer of the caller's, a stream keeps the one that it has. Out: 0, or -1 for an unknown way.
int setvbuf(struct stream *stream, char *buffer, int way, size_t size) {
  if (way != FULLY && way != BY_LINES && way != NOT) return -1;
  stream->end_of_line = NO_CHARACTER;
  if (way == NOT) {
    stream->buffer_size = 0;
    return 0;
  }
  if (buffer && size >= PUT_BACK) {
    stream->buffer = (unsigned char *)buffer + PUT_BACK;
    stream->buffer_size = size - PUT_BACK;
  }
  if (way == BY_LINES && stream->buffer_size > 0) stream->end_of_line = '\n';
  work = finish;
  return 0;
}

#else
#include "CGuestLibrary.h"

void guest_finish_library(void) {}
#endif
