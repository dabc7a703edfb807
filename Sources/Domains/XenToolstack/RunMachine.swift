// SPDX-License-Identifier: Apache-2.0

public import DomainModel
public import SystemPackage

/// What a run needs to know of the machine; the real one is ``LiveMachine``.
public protocol RunMachine {
  /// Readable when the state of some domain may have changed; nil if nothing tells us any more.
  var watchDescriptor: FileDescriptor? { get }
  /// Takes what made ``watchDescriptor`` readable; false if there was nothing.
  func takeWatchEvents() -> Bool
  /// What Xen says of the domain.
  func state() throws(ToolstackError) -> DomainState
  /// Stops the guest's vCPUs where they are.
  func pause() throws(ToolstackError)
  /// How far the guest's console output has come.
  var consoleIndices: ConsoleIndices { get }
}
