// SPDX-License-Identifier: Apache-2.0

// One import for an appliance with tasks: what every guest has, and Task, AsyncStream and so on,
// which an Embedded program does not import by itself.
@_exported public import GuestRuntime
@_exported public import _Concurrency
