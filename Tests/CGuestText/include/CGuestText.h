// SPDX-License-Identifier: Apache-2.0
//
// The guest's C functions under names that do not clash with the host's.
#ifndef PVHKIT_C_GUEST_TEXT_H
#define PVHKIT_C_GUEST_TEXT_H

#include <stdarg.h>
#include <stddef.h>

int guest_vsnprintf(char *buffer, size_t size, const char *text, va_list arguments);
size_t guest_strlen(const char *text);
char *guest_strncpy(char *destination, const char *source, size_t count);
double guest_ceil(double value);

#endif
