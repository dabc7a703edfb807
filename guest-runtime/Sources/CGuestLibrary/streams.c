// SPDX-License-Identifier: Apache-2.0
//
// Standard input, output and error: the console, as the streams of the C library. All that is done
// with streams is the library's own code; only the reading and writing of bytes is ours.
#ifdef PVHKIT_GUEST
#include "stream.h"

// Writes what the stream has collected, then the bytes. Out: how many of those were written: all.
static size_t write_output(struct stream *stream, const unsigned char *bytes, size_t count) {
  guest_standard_output(stream->write_base, stream->write_position - stream->write_base);
  guest_standard_output(bytes, count);
  stream->write_end = stream->buffer + stream->buffer_size;
  stream->write_position = stream->write_base = stream->buffer;
  return count;
}

// Reads into the caller's memory; if that is a byte, what came with it stays in the buffer.
// Out: how many the caller has, 0 at the end.
static size_t read_input(struct stream *stream, unsigned char *bytes, size_t count) {
  _Bool is_single = count < 2 && stream->buffer_size > 0;
  size_t read = is_single ? guest_standard_input(stream->buffer, stream->buffer_size)
                          : guest_standard_input(bytes, count);
  if (read == 0) stream->flags |= END_OF_FILE;
  if (read == 0 || !is_single) return read;
  stream->read_position = stream->buffer;
  stream->read_end = stream->buffer + read;
  *bytes = *stream->read_position++;
  return 1;
}

static int close_nothing(struct stream *stream) { return 0; }

// A console has no positions.
static int64_t seek_nowhere(struct stream *stream, int64_t offset, int whence) { return -1; }

static unsigned char output_buffer[PUT_BACK], error_buffer[PUT_BACK], input_buffer[PUT_BACK + 128];

// Unbuffered: the runtime collects lines, also those of Swift.
#define OUTPUT(where)                                                                          \
  {.flags = PERMANENT | NO_READING,                                                            \
   .close = close_nothing,                                                                     \
   .write = write_output,                                                                      \
   .seek = seek_nowhere,                                                                       \
   .buffer = where + PUT_BACK,                                                                 \
   .lock = NO_LOCK,                                                                            \
   .end_of_line = NO_CHARACTER}

// The library's names for the objects, and those of <stdio.h>. `__stdout_used` is what it writes out
// at the end: a program may have given the stream a buffer.
struct stream __stdout_FILE = OUTPUT(output_buffer);
struct stream *const stdout = &__stdout_FILE;
struct stream *volatile __stdout_used = &__stdout_FILE;

struct stream __stderr_FILE = OUTPUT(error_buffer);
struct stream *const stderr = &__stderr_FILE;

struct stream __stdin_FILE = {
    .flags = PERMANENT | NO_WRITING,
    .close = close_nothing,
    .read = read_input,
    .seek = seek_nowhere,
    .buffer = input_buffer + PUT_BACK,
    .buffer_size = sizeof input_buffer - PUT_BACK,
    .lock = NO_LOCK,
    .end_of_line = NO_CHARACTER,
};
struct stream *const stdin = &__stdin_FILE;

// The library's own variants of these can wait for other threads.
int putc_unlocked(int character, struct stream *stream);
int getc_unlocked(struct stream *stream);
int fputc(int character, struct stream *stream) { return putc_unlocked(character, stream); }
int putc(int character, struct stream *stream) { return putc_unlocked(character, stream); }
int fgetc(struct stream *stream) { return getc_unlocked(stream); }
int getc(struct stream *stream) { return getc_unlocked(stream); }
int getchar(void) { return getc_unlocked(stdin); }

#endif
