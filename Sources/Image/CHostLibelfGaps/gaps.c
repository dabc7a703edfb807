// SPDX-License-Identifier: Apache-2.0

#include "CLibelfGaps.h"

// Weak: a libelf that has them comes first. A tree of zeros is an empty one, and only
// elf_getdata_rawchunk puts something into it, which is not used here.
__attribute__((weak)) void eu_search_tree_init(void *tree) { (void)tree; }
__attribute__((weak)) void eu_search_tree_fini(void *tree, void (*free_node)(void *)) {
  (void)tree;
  (void)free_node;
}
