// SPDX-License-Identifier: Apache-2.0

// Configurations, domains and errors are the same with tasks and without.
@_exported public import XenToolstack
