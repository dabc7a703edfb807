// SPDX-License-Identifier: Apache-2.0
//
// The parts of the C++ library that Swift's concurrency archive calls, under their mangled names.

_Noreturn void guest_abort(void);

_Noreturn void abort(void) { guest_abort(); }
_Noreturn void __cxa_pure_virtual(void) { guest_abort(); }
_Noreturn void _ZSt20__throw_length_errorPKc(const char *message) { guest_abort(); }

// The capacity of an AsyncStream's buffer. Numbers of this size have no fraction.
double ceil(double value) {
  if (!(value > -0x1p52 && value < 0x1p52)) return value;
  double whole = (double)(long long)value;
  return whole < value ? whole + 1 : whole;
}

// std::set holds the task-local values that a new task is given. Embedded Swift has none.
_Noreturn void _ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_(void) {
  guest_abort();
}
_Noreturn void _ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base(void) { guest_abort(); }
