// SPDX-License-Identifier: Apache-2.0
#ifndef C_ENDS_H
#define C_ENDS_H

/// Ways in which C ends a program.
void end_by_abort(void);
void end_by_assertion(int value);
void end_by_exit(void);
void end_by_overwriting(void);

/// Leaves work for the end: output in a buffer, and a function to be called.
void leave_work(void);

/// Reads a line and a number from standard input, and says what it has read.
void read_input(void);

#endif
