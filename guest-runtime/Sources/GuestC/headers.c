// SPDX-License-Identifier: Apache-2.0
//
// A module of headers only; the package manager wants a file of it.
#include "GuestC.h"
