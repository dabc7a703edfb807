// SPDX-License-Identifier: Apache-2.0
//
// Small programs in C; each prints to standard output.
#ifndef EVERYDAY_C_H
#define EVERYDAY_C_H

void c_strings(void);
void c_numbers(void);
void c_formats(void);
void c_streams(void);
void c_mathematics(void);
void c_characters(void);
void c_jumps(void);
void c_calendar(void);
void c_say(const char *text);

#endif
