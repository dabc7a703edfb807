// SPDX-License-Identifier: Apache-2.0
//
// The parts of the C++ library that Swift's concurrency archive calls, under their mangled names.
// Layouts: bits/stl_tree.h of libstdc++.
#include <stddef.h>

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

// A node of std::set. The header's parent is the root, its sides are the first and the last node.
struct node {
  int color;
  struct node *parent, *left, *right;
};
enum { red, black };

// Inserts a node below `parent`, its place by order. The archive keeps the task-local values that
// it copies into a new task in such a set, a handful: order matters, balance does not. All nodes are
// black, so that `decrement` knows the header, which is red.
void _ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_(
    _Bool goes_left, struct node *new, struct node *parent, struct node *header) {
  *new = (struct node){black, parent, NULL, NULL};
  if (parent == header) {
    header->parent = header->left = header->right = new;
  } else if (goes_left) {
    parent->left = new;
    if (parent == header->left) header->left = new;
  } else {
    parent->right = new;
    if (parent == header->right) header->right = new;
  }
}

// The node before this one; the last one, for the header.
struct node *_ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base(struct node *node) {
  if (node->color == red && node->parent->parent == node) return node->right;
  if (node->left) {
    for (node = node->left; node->right; node = node->right) {}
    return node;
  }
  struct node *parent = node->parent;
  while (node == parent->left) {
    node = parent;
    parent = parent->parent;
  }
  return parent;
}
