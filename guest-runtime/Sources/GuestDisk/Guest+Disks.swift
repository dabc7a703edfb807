// SPDX-License-Identifier: Apache-2.0

import ByteText
import GuestDevices
public import GuestRuntime
import XenABI
package import XenBlock
import XenDevices
import XenFrontends
import XenstoreWire

extension Guest {
  /// The names of the domain's disks, in the order of their numbers: `xvda`, `xvdb`.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public borrowing func diskNames() throws(GuestError) -> [[UInt8]] {
    try Disk.all(in: xenstore).map { $0.text }
  }

  /// Opens a disk, and waits for its backend. One that is open already is the same disk.
  ///
  /// - Parameters:
  ///   - name: `xvda`, a number of xenstore like `51712`, or a place among the disks: `0` is the first.
  ///   - limit: how long to wait for the backend, in milliseconds.
  /// - Returns: the disk, whose backend is connected.
  /// - Throws: `GuestError` if there is no such disk, saying which there are; or if the backend is not there in
  ///   time, or describes a disk that cannot be.
  public borrowing func openDisk(
    _ name: GuestText = "0", withinMilliseconds limit: UInt64 = 10_000
  ) throws(GuestError) -> Disk {
    let disk = try findDisk(name)
    disk.wait(limit) { disk.frontend.isSettled }
    try disk.checkConnection(limit)
    return disk
  }

  /// The disk that a text means; its driver has not done anything yet, unless it was opened before.
  ///
  /// - Throws: `GuestError` if there is no such disk.
  package borrowing func findDisk(_ name: GuestText) throws(GuestError) -> Disk {
    let number = try Disk.number(name, in: xenstore)
    let capacity = memory.heap.capacity / PageLayout.size
    let frontend =
      OpenDisks.frontend(of: number)
      ?? OpenDisks.add(
        number,
        BlockFrontend(
          number, pageLimit: min(352, capacity / 8), machine: GuestDeviceMachine(),
          store: GuestDeviceStore()))
    return Disk(frontend, name: "\(number.text)")
  }
}

/// The disks that are open: each has one frontend.
private enum OpenDisks {
  nonisolated(unsafe) private static var disks: [(number: BlockName, frontend: DiskFrontend)] = []

  static func frontend(of number: BlockName) -> DiskFrontend? {
    unsafe disks.removeAll { $0.frontend.state == .closed }
    return unsafe disks.first { $0.number == number }?.frontend
  }

  static func add(_ number: BlockName, _ frontend: DiskFrontend) -> DiskFrontend {
    unsafe disks.append((number, frontend))
    return frontend
  }
}

extension Disk {
  /// All disks that xenstore has for the domain.
  package static func all(in store: GuestXenstore) throws(GuestError) -> [BlockName] {
    try store.children(of: "device/vbd").compactMap { BlockName($0) }
      .sorted { $0.number < $1.number }
  }

  /// The disk that a text means.
  package static func number(
    _ text: GuestText, in store: GuestXenstore
  ) throws(GuestError) -> BlockName {
    let bytes = text.bytes
    let name = BlockName(bytes)
    // A name that cannot be is not looked for.
    if let name, name.number > 255, try store.value(of: "device/vbd/\(name.number)/backend") != nil
    {
      return name
    }
    let all = try all(in: store)
    if let name, name.number < UInt32(all.count) { return all[Int(name.number)] }
    if let name, all.contains(name) { return name }
    guard !all.isEmpty else {
      throw GuestError(
        "there is no disk \(text): this domain has none (pvh run --disk FILE gives it one)")
    }
    var names: [UInt8] = []
    for disk in all { names += (names.isEmpty ? [] : [UInt8](text: ", ")) + disk.text }
    throw GuestError("there is no disk \(text): this domain has \(names)")
  }

  /// Throws unless the disk is connected.
  package func checkConnection(_ limit: UInt64) throws(GuestError) {
    switch state {
    case .connected: return
    case .connecting, .reconnecting:
      throw GuestError("disk \(name): the backend was not there within \(limit) ms")
    case .detached: throw GuestError(.detached, on: name)
    case .failed, .closed: throw GuestError(frontend.failure ?? .closed, on: name)
    }
  }
}

extension GuestError {
  /// What went wrong with a disk.
  package init(_ error: BlockError, on disk: GuestText) {
    self.init("disk \(disk): \(GuestText(error))")
  }
}

extension GuestText {
  fileprivate init(_ error: BlockError) {
    switch error {
    case .unusable(let node, let value): self = "its backend says \(node) = \"\(value)\""
    case .failed(.flush, _): self = "the backend could not flush"
    case .failed(let operation, let offset):
      self = "the backend could not \(GuestText(operation)) at byte \(offset)"
    case .notSupported(let operation): self = "the backend does not \(GuestText(operation))"
    case .readOnly: self = "it can only be read"
    case .unaligned(let offset, let count, let size):
      self =
        "\(count) bytes at \(offset) are not whole sectors: offset and count must be multiples of \(size)"
    case .outside(let offset, let count, let size):
      self = "\(count) bytes at \(offset) reach beyond its end at \(size)"
    case .detached: self = "it was taken away"
    case .closed: self = "it was closed"
    case .broken(.indices): self = "the backend broke the protocol: impossible ring indices"
    case .broken(.unknownResponse):
      self = "the backend broke the protocol: it answered what was not asked"
    case .broken(.wrongOperation):
      self = "the backend broke the protocol: it answered another operation than was asked"
    case .broken(.heldPages):
      self = "the backend broke the protocol: it kept memory that it was lent"
    case .noPage(let error): self = GuestText(error)
    case .noXenstore: self = "xenstored does not serve this domain any more"
    }
  }

  fileprivate init(_ operation: BlockOperation) {
    switch operation {
    case .read: self = "read"
    case .write: self = "write"
    case .flush: self = "flush"
    case .discard: self = "discard"
    }
  }
}
