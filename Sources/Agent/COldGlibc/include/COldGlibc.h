// SPDX-License-Identifier: Apache-2.0
// Lets a program that is built with a newer C library run with that of Debian 12 (glibc 2.36), as an
// agent must that is carried to a control domain of an earlier release. Linked into a program, this
// takes the place of the few functions that got new versions since.
#pragma once
