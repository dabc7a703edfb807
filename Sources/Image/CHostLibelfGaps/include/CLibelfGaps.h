// SPDX-License-Identifier: Apache-2.0
// What Debian 13's archive of libelf lacks: elfutils 0.192 leaves two functions of its own out of it
// (https://sourceware.org/bugzilla/show_bug.cgi?id=32293), so that nothing links with it statically.
#pragma once

void eu_search_tree_init(void *tree);
void eu_search_tree_fini(void *tree, void (*free_node)(void *));
