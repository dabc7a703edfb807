// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// What the grant table asks of the machine: in a guest hypercalls, in a test a stand-in for Xen.
public protocol GrantHypercalls {
  /// Maps the next frame of the table, which has so many already, into the guest.
  ///
  /// - Returns: The frame's 4 KiB, which stay mapped.
  /// - Throws: What Xen answered, for example because the domain has all its frames.
  func mapGrantFrame(_ index: Int) throws(HypercallError) -> UnsafeMutableRawPointer
}

/// The pages that this domain lets others use, version 1 of the table.
///
/// A page is given as a whole, and nothing else may be in it. Taking it back is one exchange, whose outcome
/// decides: what the other domain still uses stays given, and its number and its page are never used again.
/// Source: `xen/include/public/grant_table.h`.
public struct GrantTable<Machine: GrantHypercalls> {
  private let machine: Machine
  private var frames: [GrantFrame] = []
  /// Numbers that were used and are free again.
  private var free: [GrantReference] = []
  /// The next number that was never used; the first eight are the toolstack's.
  private var next: UInt32 = 8

  /// Grants that are in use.
  public private(set) var activeCount = 0
  /// Grants that their domain did not give back in time; their pages are lost.
  public private(set) var quarantinedCount = 0

  /// A table of which no frame is mapped.
  public init(machine: Machine) { self.machine = machine }

  /// Lets a domain use one of our pages.
  ///
  /// - Parameters:
  ///   - page: The page's frame. The caller keeps it as it is until the grant has ended.
  ///   - domain: Who may use it.
  ///   - isReadOnly: Whether it may not write to it.
  /// - Returns: The number by which the domain asks Xen for the page.
  /// - Throws: `GrantError.exhausted`, if Xen gives the table no more room.
  public mutating func grant(
    _ page: GuestFrameNumber, to domain: DomainID, isReadOnly: Bool = false
  ) throws(GrantError) -> GrantReference {
    guard let number = UInt32(exactly: page.rawValue) else { throw .notAFrame(page) }
    let reference = try takeReference()
    entry(of: reference).open(
      to: domain, frame: number,
      flags: isReadOnly
        ? GrantFlags.permit | GrantFlags.readOnly
        : GrantFlags.permit)
    activeCount += 1
    return reference
  }

  /// Takes a page back.
  ///
  /// - Returns: Whether nobody uses it now, and nobody can any more. If not, all stays as it is: `end` may be
  ///   tried again, or the grant be given up with `quarantine`.
  /// - Precondition: The grant is active.
  public mutating func end(_ reference: GrantReference) -> Bool {
    guard entry(of: reference).close() else { return false }
    free.append(reference)
    activeCount -= 1
    return true
  }

  /// Gives a grant up that does not end: its number is never used again, and neither must be its page.
  ///
  /// - Precondition: The grant is active.
  public mutating func quarantine(_ reference: GrantReference) {
    activeCount -= 1
    quarantinedCount += 1
  }

  private mutating func takeReference() throws(GrantError) -> GrantReference {
    if let reference = free.popLast() { return reference }
    if Int(next) == frames.count * GrantFrame.entryCount || frames.isEmpty {
      do throws(HypercallError) {
        frames.append(unsafe GrantFrame(page: try machine.mapGrantFrame(frames.count)))
      } catch {
        throw .exhausted(error)
      }
    }
    defer { next += 1 }
    return GrantReference(rawValue: next)
  }

  private func entry(of reference: GrantReference) -> GrantEntry {
    let number = Int(reference.rawValue)
    return frames[number / GrantFrame.entryCount].entry(number % GrantFrame.entryCount)
  }
}

/// Why a page cannot be granted.
public enum GrantError: Error, Equatable, Sendable {
  /// Xen gives the domain no more room in its table.
  case exhausted(HypercallError)
  /// The table has 32 bits for a frame's number.
  case notAFrame(GuestFrameNumber)
}

/// The number of a grant. C name: `grant_ref_t`.
public struct GrantReference: RawRepresentable, Hashable, Sendable {
  /// The entry's place in the table.
  public var rawValue: UInt32

  /// Wraps a number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
}
