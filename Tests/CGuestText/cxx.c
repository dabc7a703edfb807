// SPDX-License-Identifier: Apache-2.0
//
// The guest's own source file, renamed.
#include "CGuestText.h"

#define abort guest_exit
#define __cxa_pure_virtual guest_pure_virtual
#define _ZSt20__throw_length_errorPKc guest_length_error
#define _ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_ guest_tree_insert
#define _ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base guest_tree_decrement
#define ceil guest_ceil
#include "../../guest-runtime/Sources/CGuestConcurrency/cxx.c"

_Noreturn void guest_abort(void) { __builtin_trap(); }
