// SPDX-License-Identifier: Apache-2.0
//
// What Swift's standard library has in C++ elsewhere, and Embedded Swift asks of others.
#ifdef PVHKIT_GUEST
#include <stddef.h>

double strtod(const char *text, char **end);
float strtof(const char *text, char **end);
long double strtold(const char *text, char **end);

// Reads a number at the start of a text. Out: where it ends; Swift looks whether that is the text's end.
const char *_swift_stdlib_strtod_clocale(const char *text, double *number) {
  char *end;
  *number = strtod(text, &end);
  return end;
}

const char *_swift_stdlib_strtof_clocale(const char *text, float *number) {
  char *end;
  *number = strtof(text, &end);
  return end;
}

const char *_swift_stdlib_strtold_clocale(const char *text, void *number) {
  char *end;
  *(long double *)number = strtold(text, &end);
  return end;
}

const char *_swift_stdlib_strtof16_clocale(const char *text, _Float16 *number) {
  char *end;
  *number = (_Float16)strtof(text, &end);
  return end;
}

struct stream;
extern struct stream *const stdin;
long getline(char **line, size_t *capacity, struct stream *stream);

// For `readLine`. In: where to put the line, null. Out: how many bytes it has, its end included; -1 if
// there is none.
long swift_stdlib_readLine_stdin(unsigned char **line) {
  size_t capacity = 0;
  return getline((char **)line, &capacity, stdin);
}

#endif
