// SPDX-License-Identifier: Apache-2.0

package import GuestRuntime
package import XenABI
import XenFrontends
package import XenGrants

/// The domain's grant table, of which there is one.
package enum GuestGrants {
  nonisolated(unsafe) private static var table = GrantTable(machine: XenGrantFrames())

  /// Lends the table.
  package static func withTable<Result, Failure>(
    _ body: (inout GrantTable<XenGrantFrames>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(&table)
  }
}

/// A page that another domain may use: nothing else is in it, and it began with zeros.
@safe package struct GrantedPage: ~Copyable {
  /// The 4 KiB.
  package let address: UnsafeMutableRawPointer
  /// By which the other domain asks for it.
  package let reference: GrantReference
  private let frame: GuestFrameNumber

  /// Makes a page and grants it.
  ///
  /// - Throws: `GuestError` if the table is full.
  package init(for domain: DomainID, isReadOnly: Bool = false) throws(GuestError) {
    let page = UnsafeMutableRawPointer.allocate(
      byteCount: PageLayout.size, alignment: PageLayout.size)
    unsafe page.initializeMemory(as: UInt8.self, repeating: 0, count: PageLayout.size)
    let frame = GuestFrameNumber(
      rawValue: UInt64(UInt(bitPattern: page)) >> UInt64(PageLayout.shift))
    do throws(GrantError) {
      reference = try GuestGrants.withTable { (table) throws(GrantError) in
        try table.grant(frame, to: domain, isReadOnly: isReadOnly)
      }
    } catch {
      unsafe page.deallocate()
      throw GuestError(error)
    }
    unsafe address = page
    self.frame = frame
  }

  /// Takes the page back, and its memory. A page that its domain still uses after some waiting is given up:
  /// it is never used again.
  ///
  /// - Returns: Whether it came back.
  @discardableResult
  package consuming func end(withinMilliseconds limit: UInt64 = 2000) -> Bool {
    let clock = SystemTime.now.advanced(byMilliseconds: limit)
    while !GuestGrants.withTable({ $0.end(reference) }) {
      guard SystemTime.now < clock else {
        GuestGrants.withTable { $0.quarantine(reference) }
        return false
      }
      XenHypercalls.pause(milliseconds: 20)
    }
    unsafe address.deallocate()
    return true
  }
}

/// Frames of the table, mapped one after the other into the hole behind shared info, where no RAM is.
package struct XenGrantFrames: GrantHypercalls {
  package init() {}

  package func mapGrantFrame(_ index: Int) throws(HypercallError) -> UnsafeMutableRawPointer {
    let frame = GuestFrameNumber(rawValue: XenPages.firstGrantFrame + UInt64(index))
    var argument = AddToPhysmapArgument(grantFrame: UInt64(index), at: frame)
    guard index < XenPages.grantFrameLimit else { throw .invalidArgument }
    try XenHypercalls.issue(.memory, HypercallOperation.addToPhysmap, &argument)
    guard let page = unsafe frame.mappedPage else { throw .invalidArgument }
    return unsafe page
  }
}

extension GuestError {
  /// Why a page cannot be granted.
  package init(_ error: GrantError) {
    switch error {
    case .exhausted(let error):
      self.init(
        "Xen gives this domain no more grants: error \(error.rawValue); its max_grant_frames is the limit"
      )
    case .notAFrame(let frame):
      self.init("the page at frame \(frame.rawValue) is too high to be granted")
    }
  }
}
