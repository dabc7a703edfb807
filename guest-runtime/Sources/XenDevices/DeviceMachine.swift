// SPDX-License-Identifier: Apache-2.0

public import XenABI
public import XenFrontends

/// What a device's driver asks of the machine: in a guest hypercalls and the heap, in a test a stand-in for Xen.
public protocol DeviceMachine {
  /// A page of its own, all zero, that a domain may use.
  ///
  /// - Parameters:
  ///   - domain: who may use it.
  ///   - isReadOnly: whether it may not write to it.
  /// - Returns: The page.
  /// - Throws: `DevicePageError`.
  func givePage(to domain: DomainID, isReadOnly: Bool) throws(DevicePageError) -> GivenPage
  /// Takes a page back, and its memory.
  ///
  /// - Returns: Whether nobody uses it now. If not, all stays as it is: it may be tried again.
  func takeBack(_ page: GivenPage) -> Bool
  /// Gives a page up that its domain does not let go of: it is never used again.
  func giveUp(_ page: GivenPage)
  /// Makes an event channel that a domain may connect to.
  func openChannel(to domain: DomainID) throws(HypercallError) -> EventChannelPort
  /// Closes our end of a channel.
  func close(_ port: EventChannelPort)
  /// Wakes the domain at the other end.
  func notify(_ port: EventChannelPort)
  /// The time now.
  func now() -> SystemTime
}

extension DeviceMachine {
  /// A page of its own, all zero, that a domain may read and write.
  ///
  /// - Throws: `DevicePageError`.
  public func givePage(to domain: DomainID) throws(DevicePageError) -> GivenPage {
    try givePage(to: domain, isReadOnly: false)
  }
}

/// A page that another domain may use.
@safe public struct GivenPage {
  /// The 4 KiB.
  public let address: UnsafeMutableRawPointer
  /// By which the other domain asks for it.
  public let reference: UInt32

  @unsafe public init(address: UnsafeMutableRawPointer, reference: UInt32) {
    unsafe self.address = address
    self.reference = reference
  }
}

/// Why there is no page for a device.
public enum DevicePageError: Error, Equatable, Sendable {
  /// The guest's memory is used up.
  case noMemory
  /// Xen gives the domain no more grants.
  case noGrant(HypercallError)
}

/// Pages that were given to a backend and are to come back: it may use them until it has closed its end.
public struct DepartingPages {
  private var pages: [(page: GivenPage, deadline: SystemTime)] = []

  /// How long a backend may take to let a page go, in milliseconds.
  public static var patience: UInt64 { 30_000 }

  public init() {}

  /// Whether none is to come back.
  public var isEmpty: Bool { pages.isEmpty }

  /// Adds pages.
  public mutating func add(_ more: [GivenPage], now: SystemTime) {
    let deadline = now.advanced(byMilliseconds: Self.patience)
    pages += more.map { ($0, deadline) }
  }

  /// Takes back what has come free. What did not in time is given up.
  ///
  /// - Returns: How many were given up.
  public mutating func collect(_ machine: some DeviceMachine) -> Int {
    guard !pages.isEmpty else { return 0 }
    let now = machine.now()
    var lost = 0
    pages.removeAll { entry in
      if machine.takeBack(entry.page) { return true }
      guard now >= entry.deadline else { return false }
      machine.giveUp(entry.page)
      lost += 1
      return true
    }
    return lost
  }
}
