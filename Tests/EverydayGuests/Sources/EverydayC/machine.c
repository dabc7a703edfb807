// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "EverydayC.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void c_mathematics(void) {
  printf("%.12g %.12g %.12g\n", sin(1), cos(1), tan(1));
  printf("%.12g %.12g %.12g\n", asin(0.5), acos(0.5), atan2(1, 2));
  printf("%.12g %.12g %.12g %.12g\n", exp(1), log(10), log10(1000), log2(8));
  printf("%.12g %.12g %.12g %.12g\n", pow(2, 0.5), sqrt(2), cbrt(27), hypot(3, 4));
  printf("%g %g %g %g %g\n", floor(-1.5), ceil(-1.5), trunc(-1.5), round(-1.5), rint(2.5));
  printf("%g %g %.12g %.12g\n", fmod(10, 3), fabs(-2.0), sinh(1), tanh(1));
  int exponent;
  double whole;
  printf("%g %d %g %g\n", frexp(12, &exponent), exponent, modf(3.25, &whole), ldexp(1, 10));
  printf("%.12g %.12g %d %d\n", tgamma(5), erf(0.5), isnan(NAN), isinf(INFINITY));
  printf("%.6g %.6g %.10Lg\n", (double)sinf(1), (double)powf(2, 0.5f), sqrtl(2));
  printf("%ld %.12g %g\n", lround(2.5), fma(2, 3, 4), nextafter(1, 2) - 1 == DBL_EPSILON ? 1.0 : 0.0);
  assert(sqrt(4) == 2);
}

static jmp_buf place;

static void fall(int depth) {
  if (depth == 0) longjmp(place, 42);
  fall(depth - 1);
}

void c_jumps(void) {
  int value = setjmp(place);
  if (value == 0) {
    puts("going down");
    fall(10);
    puts("never");
  }
  printf("back with %d\n", value);
}

void c_calendar(void) {
  time_t moment = 1000000000;
  struct tm parts;
  char text[64];
  gmtime_r(&moment, &parts);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %j %A %B", &parts);
  printf("%s %d\n", text, parts.tm_wday);
  parts.tm_mday += 40;
  printf("%lld %s", (long long)timegm(&parts), asctime(&parts));
  parts = (struct tm){.tm_year = 124, .tm_mon = 1, .tm_mday = 29};
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  tzset();
  printf("%lld\n", (long long)mktime(&parts));
  moment = 1720000000;
  localtime_r(&moment, &parts);
  strftime(text, sizeof text, "%H:%M %z", &parts);
  puts(text);
  struct timespec start, now, pause = {0, 20000000};
  clock_gettime(CLOCK_MONOTONIC, &start);
  nanosleep(&pause, NULL);
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long passed = (now.tv_sec - start.tv_sec) * 1000000000ll + now.tv_nsec - start.tv_nsec;
  printf("%d %d %g\n", passed >= 20000000, time(NULL) > 1700000000, difftime(5, 3));
}
