// SPDX-License-Identifier: Apache-2.0
//
// The guest's own source files, renamed.
#include "CGuestText.h"

#define strlen guest_strlen
#define strncpy guest_strncpy
#define vsnprintf guest_vsnprintf
#define vprintf guest_vprintf
#define puts guest_puts
#include "../../guest-runtime/Sources/CGuestConcurrency/text.c"
