// SPDX-License-Identifier: Apache-2.0

/// The search for RAM that nothing is in: one step of it.
///
/// It is told of all ranges of guest-physical memory, in any order and overlapping as they like.
/// Then it knows what there is at one address, and how far that goes.
public struct FreeMemory {
  /// The end of what one top-level page table entry maps, 512 GiB: nothing above is found.
  public static var limit: UInt64 { 1 << 39 }
  private static var pageMask: UInt64 { 4095 }

  private let start: UInt64
  private var end = UInt64.max
  /// Whether the memory map says that the page looked at is RAM.
  public private(set) var isRAM = false
  private var isUsed = false

  /// Looks at the page whose address is `start`.
  public init(at start: UInt64) { self.start = start }

  /// Takes a range of `size` bytes into account.
  ///
  /// RAM is what the memory map calls so. Everything else, be it in use or without memory, takes
  /// away from the RAM that it overlaps.
  @inline(never)
  public mutating func consider(_ address: UInt64, size: UInt64, isRAM: Bool) {
    guard address < Self.limit else { return }
    // Of RAM only whole pages count; of a page that is used in part, all is.
    let last = min(size, Self.limit &- address) &+ address
    let lower = (isRAM ? address &+ Self.pageMask : address) & ~Self.pageMask
    let upper = (isRAM ? last : last &+ Self.pageMask) & ~Self.pageMask
    guard start < upper, lower < upper else { return }
    let contains = start >= lower
    end = min(end, contains ? upper : lower)
    self.isRAM = self.isRAM || (contains && isRAM)
    isUsed = isUsed || (contains && !isRAM)
  }

  /// The first free range of whole 4 KiB pages at or above `position`, which is a page's address;
  /// nil if there is none.
  ///
  /// `considerAll` takes all ranges into account. It is called once for each address at which
  /// something begins or ends.
  public static func next(
    from position: UInt64, considerAll: (inout FreeMemory) -> Void
  ) -> Range<UInt64>? {
    var start = position
    while true {
      var memory = FreeMemory(at: start)
      considerAll(&memory)
      if memory.end == .max { return nil }
      if memory.isRAM, !memory.isUsed {
        // SAFETY: `consider` takes only ends above the start.
        return unsafe Range(uncheckedBounds: (start, memory.end))
      }
      start = memory.end
    }
  }
}
