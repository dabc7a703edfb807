// SPDX-License-Identifier: Apache-2.0
#ifndef C_KERNEL_USER_H
#define C_KERNEL_USER_H

/// Calls what only an operating system has.
void use_kernel(void);

#endif
