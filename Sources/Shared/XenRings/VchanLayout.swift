// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where the two rings of a vchan are, as its server says in the page that both share.
///
/// A ring of 1 or 2 KiB is in that page, a larger one in pages of its own, whose grants are listed in the page,
/// the left ring's first. Source: `struct vchan_interface` in `xen/include/public/io/libxenvchan.h`.
public struct VchanLayout: Equatable, Sendable {
  /// The place of one ring.
  public enum Place: Equatable, Sendable {
    /// These bytes of the shared page.
    case inside(Range<Int>)
    /// So many pages of its own.
    case pages(Int)
  }

  /// What the client writes.
  public let left: Place
  /// What the server writes.
  public let right: Place

  /// Judges what a server says: sizes as powers of two.
  ///
  /// - Throws: `VchanLayoutError` for a size that no ring has, and where one thing would lie over another.
  public init(leftOrder: UInt16, rightOrder: UInt16) throws(VchanLayoutError) {
    left = try Self.place(leftOrder)
    right = try Self.place(rightOrder)
    // Where the first ring inside of the page begins, if one is.
    var end = Self.pageSize
    for case .inside(let bytes) in [left, right] { end = min(end, bytes.lowerBound) }
    let isTwice = left == right && pageCount == 0
    guard !isTwice, Self.list + 4 * pageCount <= end else {
      throw .overlapping(left: leftOrder, right: rightOrder)
    }
  }

  /// Reads the sizes, each of them once.
  ///
  /// - Precondition: `page` has 4 KiB, and is mapped.
  @unsafe public init(page: UnsafeMutableRawPointer) throws(VchanLayoutError) {
    // SAFETY: within the page, aligned; one load each.
    let sizes = unsafe (page + 16).assumingMemoryBound(to: Atomic<UInt32>.self).pointee
      .load(ordering: .acquiring)
    try self.init(
      leftOrder: UInt16(truncatingIfNeeded: sizes), rightOrder: UInt16(sizes >> 16))
  }

  /// Pages that the server grants beside the shared one.
  public var pageCount: Int { Self.pages(left) + Self.pages(right) }

  /// The grants of these pages, those of the left ring first, each read once.
  ///
  /// - Throws: `VchanLayoutError.noGrant` for 0, which stands for none.
  /// - Precondition: `page` has 4 KiB, and is mapped.
  @unsafe public func grants(in page: UnsafeMutableRawPointer) throws(VchanLayoutError) -> [UInt32]
  {
    var grants: [UInt32] = []
    for index in 0..<pageCount {
      let grant = unsafe SharedIndex(unsafeAddress: page + Self.list + 4 * index).load()
      guard grant != 0 else { throw .noGrant(index) }
      grants.append(grant)
    }
    return grants
  }

  /// The bytes of the ring that `role` writes: in `page`, which both share, or in `pages`, which are those of
  /// `grants`, one after the other.
  func bytes(
    of role: VchanRole, _ page: UnsafeMutableRawPointer, _ pages: UnsafeMutableRawPointer?
  ) -> UnsafeMutableRawBufferPointer {
    switch role == .client ? left : right {
    case .inside(let range):
      return unsafe UnsafeMutableRawBufferPointer(
        start: page + range.lowerBound, count: range.count)
    case .pages(let count):
      guard let pages = unsafe pages else { preconditionFailure("the rings' pages are mapped") }
      let skipped = role == .client ? 0 : Self.pages(left)
      return unsafe UnsafeMutableRawBufferPointer(
        start: pages + skipped * Self.pageSize, count: count * Self.pageSize)
    }
  }

  /// Offset of the list of grants.
  private static var list: Int { 24 }
  private static var pageSize: Int { 4096 }
  /// The power of two that a page is.
  private static var pageOrder: UInt16 { 12 }
  /// The largest ring that libxenvchan makes.
  private static var largestOrder: UInt16 { 20 }

  private static func place(_ order: UInt16) throws(VchanLayoutError) -> Place {
    switch order {
    case 10: return .inside(1024..<2048)
    case 11: return .inside(2048..<4096)
    case pageOrder...largestOrder: return .pages(1 << Int(order - pageOrder))
    default: throw .impossibleSize(order: order)
    }
  }

  private static func pages(_ place: Place) -> Int {
    if case .pages(let count) = place { count } else { 0 }
  }
}

/// What is wrong with the layout of a vchan: its server broke the protocol.
public enum VchanLayoutError: Error, Equatable, Sendable {
  /// A ring of 2 to the power of this is none.
  case impossibleSize(order: UInt16)
  /// Rings of these sizes, or the list of their pages, would lie over each other.
  case overlapping(left: UInt16, right: UInt16)
  /// The grant of this page of the rings is 0.
  case noGrant(Int)
}
