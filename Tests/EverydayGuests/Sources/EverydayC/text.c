// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "EverydayC.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void c_say(const char *text) {
  fputs(text, stdout);
  fflush(stdout);
}

void c_strings(void) {
  char buffer[64] = "one two  three";
  printf("%zu %d %d\n", strlen(buffer), strcmp("a", "b") < 0, strncmp("abc", "abd", 2));
  printf("%s %s %s\n", strchr(buffer, 't'), strrchr(buffer, 't'), strstr(buffer, "th"));
  for (char *rest = buffer, *word; (word = strsep(&rest, " "));) printf("[%s]", word);
  strcpy(buffer, "left");
  strncat(buffer, "-right", 3);
  printf(" %s %zu %zu\n", buffer, strspn("aabc", "a"), strcspn("aabc", "c"));
  char words[] = "a:b:c", *state;
  for (char *word = strtok_r(words, ":", &state); word; word = strtok_r(NULL, ":", &state))
    printf("%s;", word);
  char *copy = strdup("copied");
  printf("%s %d %d\n", copy, memcmp("ab", "ac", 2) < 0, !memchr("xyz", 'q', 3));
  free(copy);
  memmove(buffer + 1, buffer, 5);
  memset(buffer, '*', 1);
  printf("%.5s %s %d\n", buffer, strpbrk("hello", "lo"), strcasecmp("HeLLo", "hEllO"));
  printf("%s\n", strerror(ENOENT));
}

static int compare(const void *left, const void *right) {
  int a = *(const int *)left, b = *(const int *)right;
  return (a > b) - (a < b);
}

void c_numbers(void) {
  char *end;
  printf("%d %ld %lu\n", atoi("42x"), strtol("-0x1f", &end, 0), strtoul("777", NULL, 8));
  printf("%g %g %s\n", strtod("2.5e3abc", &end), atof("-.125"), end);
  errno = 0;
  long large = strtol("99999999999999999999", NULL, 10);
  printf("%d %d\n", large == LONG_MAX, errno == ERANGE);
  int numbers[] = {5, 2, 9, -1, 7};
  qsort(numbers, 5, sizeof *numbers, compare);
  for (int place = 0; place < 5; place++) printf("%d ", numbers[place]);
  int wanted = 7;
  int *found = bsearch(&wanted, numbers, 5, sizeof *numbers, compare);
  printf("at %td\n", found - numbers);
  div_t parts = div(-17, 5);
  printf("%d %d %d %ld\n", parts.quot, parts.rem, abs(-4), labs(-5L));
  char *memory = calloc(10, 1);
  memory = realloc(memory, 1000);
  printf("%d %d\n", memory[0], memory[9]);
  free(memory);
  printf("%s\n", getenv("NO_SUCH_VARIABLE") ? "set" : "not set");
}

void c_formats(void) {
  printf("[%5d|%-5d|%05d|%+d|% d]\n", 42, 42, 42, 42, 42);
  printf("[%x|%X|%#x|%o|%u]\n", 255, 255, 255, 8, UINT_MAX);
  printf("[%10s|%-10s|%.2s|%c|%%]\n", "text", "text", "text", 'x');
  printf("[%f|%.2f|%8.3f|%e|%g|%a]\n", 3.14159, 2.5, -1.0, 12345.678, 0.0001, 1.0);
  printf("[%ld|%lld|%zu|%hhd|%*d]\n", LONG_MIN, LLONG_MAX, (size_t)7, (char)-1, 6, 1);
  printf("[%Lf|%.20g|%g|%g]\n", 1.5L, 0.1, 1e300 * 1e10, -0.0);
  char small[8];
  int wanted = snprintf(small, sizeof small, "%s", "longer than eight");
  printf("%s %d\n", small, wanted);
  char *text;
  if (asprintf(&text, "%s=%d", "key", 5) > 0) puts(text);
  free(text);
  int number, count;
  char word[16];
  count = sscanf("17 apples, 0x2a", "%d %15[a-z], %x", &number, word, (unsigned *)&wanted);
  printf("%d %d %s %d\n", count, number, word, wanted);
  fputs("fputs ", stdout);
  putchar('p');
  putc('u', stdout);
  fputc('t', stdout);
  fwrite("\nfwrite\n", 1, 8, stdout);
  fprintf(stdout, "%s %d\n", "fprintf", 1);
}

void c_streams(void) {
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  for (int number = 0; number < 100; number++) fprintf(stream, "%d,", number);
  fclose(stream);
  printf("%zu %.10s\n", size, text);
  free(text);
  char lines[] = "first\nsecond\nlast";
  FILE *reader = fmemopen(lines, strlen(lines), "r");
  char line[32];
  while (fgets(line, sizeof line, reader)) printf("<%s>", line);
  printf("%d\n", feof(reader) != 0);
  rewind(reader);
  printf("%c %ld\n", fgetc(reader), ftell(reader));
  fclose(reader);
}

void c_characters(void) {
  const char *text = "aZ5 \t!_";
  for (; *text; text++)
    printf("%d%d%d%d%d%d ", !!isalpha(*text), !!isdigit(*text), !!isspace(*text), !!ispunct(*text),
           !!isupper(*text), !!isxdigit(*text));
  printf("%c%c\n", toupper('q'), tolower('Q'));
  printf("%" PRId64 " %" PRIu32 " %" PRIx64 " %jd\n", INT64_MIN, UINT32_MAX, UINT64_C(0xabc), (intmax_t)-1);
  printf("%" PRIdMAX " %" PRIu64 "\n", strtoimax("-12", NULL, 10), strtoumax("zz", NULL, 36));
}
