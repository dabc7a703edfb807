// SPDX-License-Identifier: Apache-2.0
//
// The parts of the C++ library that Swift's concurrency archive calls, under their mangled names.
#ifdef PVHKIT_GUEST

_Noreturn void abort(void);

_Noreturn void __cxa_pure_virtual(void) { abort(); }
_Noreturn void _ZSt20__throw_length_errorPKc(const char *message) { abort(); }

// std::set holds the task-local values that a new task is given. Embedded Swift has none.
_Noreturn void _ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_(void) {
  abort();
}
_Noreturn void _ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base(void) { abort(); }

#else
#include <stdlib.h>

#include "CGuestConcurrency.h"

// Only Embedded Swift's archive has it; nothing runs a guest's jobs on the host.
void _swift_job_run_c(void *job, struct executor_reference executor) { abort(); }
#endif
