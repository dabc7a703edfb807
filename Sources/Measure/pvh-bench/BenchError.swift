// SPDX-License-Identifier: Apache-2.0

/// Why there is no figure.
enum BenchError: Error {
  /// A guest that should have worked did not.
  case guestFailed(String)
  /// A program in dom0 that should have worked did not.
  case commandFailed(String)
  /// The trace does not contain what a boot must contain.
  case badTrace(String)
  /// A guest has no symbol whose name contains this.
  case noSymbol(String)
}
