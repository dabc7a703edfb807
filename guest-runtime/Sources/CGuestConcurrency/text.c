// SPDX-License-Identifier: Apache-2.0
//
// C's text functions, as far as Swift's concurrency archive uses them: for its last words before it
// ends the guest, and for the names of tasks.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

int putchar(int character);

size_t strlen(const char *text) {
  size_t count = 0;
  while (text[count]) count++;
  return count;
}

char *strncpy(char *restrict destination, const char *restrict source, size_t count) {
  size_t offset = 0;
  for (; offset < count && source[offset]; offset++) destination[offset] = source[offset];
  for (; offset < count; offset++) destination[offset] = 0;
  return destination;
}

// Where formatted text goes: as much as fits into a buffer, or to standard output if there is none.
struct sink {
  char *buffer;
  size_t size, count;
};

static void put(struct sink *sink, char character) {
  if (!sink->buffer)
    putchar(character);
  else if (sink->count + 1 < sink->size)
    sink->buffer[sink->count] = character;
  sink->count++;
}

static void put_text(struct sink *sink, const char *text) {
  for (text = text ? text : "(null)"; *text; text++) put(sink, *text);
}

static void put_number(struct sink *sink, uint64_t value, unsigned base) {
  if (value >= base) put_number(sink, value / base, base);
  put(sink, "0123456789abcdef"[value % base]);
}

// One conversion, behind its flags and length: %s %c %d %i %u %x %p. Others are printed as they
// stand, their argument is skipped.
static void convert(struct sink *sink, char conversion, _Bool is_long, va_list *arguments) {
  uint64_t value = is_long || conversion == 'p' || conversion == 's'
                       ? va_arg(*arguments, uint64_t)
                       : va_arg(*arguments, unsigned);
  switch (conversion) {
  case 's': put_text(sink, (const char *)value); break;
  case 'c': put(sink, (char)value); break;
  case 'd':
  case 'i': {
    int64_t number = is_long ? (int64_t)value : (int)value;
    if (number < 0) put(sink, '-');
    put_number(sink, number < 0 ? -(uint64_t)number : (uint64_t)number, 10);
    break;
  }
  case 'u': put_number(sink, value, 10); break;
  case 'p': put_text(sink, "0x"); // fallthrough
  case 'x':
  case 'X': put_number(sink, value, 16); break;
  default: put(sink, '%'); put(sink, conversion);
  }
}

static void format(struct sink *sink, const char *text, va_list *arguments) {
  for (; *text; text++) {
    if (*text != '%') {
      put(sink, *text);
      continue;
    }
    _Bool is_long = 0;
    // Widths and precisions only make columns; they are left out.
    for (text++; *text && ((*text >= '0' && *text <= '9') || *text == '.' || *text == '-' ||
                           *text == '+' || *text == ' ' || *text == '#');
         text++) {}
    for (; *text == 'l' || *text == 'z' || *text == 'j' || *text == 't' || *text == 'h'; text++)
      if (*text != 'h') is_long = 1;
    if (!*text) return;
    if (*text == '%')
      put(sink, '%');
    else
      convert(sink, *text, is_long, arguments);
  }
}

int vsnprintf(char *restrict buffer, size_t size, const char *restrict text, va_list arguments) {
  char none;
  struct sink sink = {size ? buffer : &none, size ? size : 1, 0};
  va_list copy;
  va_copy(copy, arguments);
  format(&sink, text, &copy);
  va_end(copy);
  sink.buffer[sink.count < sink.size ? sink.count : sink.size - 1] = 0;
  return (int)sink.count;
}

int vprintf(const char *restrict text, va_list arguments) {
  struct sink sink = {0};
  va_list copy;
  va_copy(copy, arguments);
  format(&sink, text, &copy);
  va_end(copy);
  return (int)sink.count;
}

int puts(const char *text) {
  struct sink sink = {0};
  put_text(&sink, text);
  put(&sink, '\n');
  return 0;
}
