// SPDX-License-Identifier: Apache-2.0

package import GuestRuntime
package import XenABI
import XenGrants

/// Pages that another domain has granted to this one, mapped one after the other where no RAM is.
///
/// They are in the hole behind the frames of the grant table: `XenPages`. What Xen does not let go of stays
/// mapped, and its place is never used again.
@safe package struct ForeignPages: ~Copyable {
  /// The first byte.
  package let address: UnsafeMutableRawPointer
  private let place: Int
  private let handles: [UInt32]

  /// Which places of the hole are taken.
  nonisolated(unsafe) private static var taken = [Bool](
    repeating: false, count: XenPages.foreignFrameLimit)

  /// Maps pages for reading and writing.
  ///
  /// - Parameters:
  ///   - references: the numbers of the grants, at least one.
  ///   - domain: whose pages.
  /// - Throws: `GuestError` if there is no room for so many, and if Xen refuses one; none is mapped then.
  package init(_ references: [UInt32], of domain: DomainID) throws(GuestError) {
    guard let place = Self.take(references.count),
      let address = unsafe Self.frame(place).mappedPage
    else {
      throw GuestError(
        "no room to map \(references.count) pages of other domains; there is room for \(XenPages.foreignFrameLimit)"
      )
    }
    var handles: [UInt32] = []
    for reference in references {
      var argument = GrantMapArgument(
        reference, of: domain, at: Self.frame(place + handles.count))
      let answer: Int16
      do throws(HypercallError) {
        try XenHypercalls.issue(.grantTable, HypercallOperation.mapGrant, &argument, count: 1)
        answer = argument.status
      } catch {
        answer = Int16(truncatingIfNeeded: -error.rawValue)
      }
      guard answer == 0 else {
        Self.unmap(handles, from: place)
        Self.free(place + handles.count, references.count - handles.count)
        throw GuestError(
          "domain \(domain.rawValue) does not let this one map its page, grant \(reference): status \(answer)"
        )
      }
      handles.append(argument.handle)
    }
    unsafe self.address = address
    self.place = place
    self.handles = handles
  }

  /// Unmaps them: nobody may use the addresses any more.
  package consuming func end() { Self.unmap(handles, from: place) }

  private static func unmap(_ handles: [UInt32], from place: Int) {
    for (offset, handle) in handles.enumerated() {
      var argument = GrantUnmapArgument(handle, at: frame(place + offset))
      let result = try? XenHypercalls.issue(
        .grantTable, HypercallOperation.unmapGrant, &argument, count: 1)
      if result != nil, argument.status == 0 { free(place + offset, 1) }
    }
  }

  private static func frame(_ place: Int) -> GuestFrameNumber {
    GuestFrameNumber(rawValue: XenPages.firstForeignFrame + UInt64(place))
  }

  /// Takes the first places that are free together.
  private static func take(_ count: Int) -> Int? {
    var start = 0
    for place in 0..<XenPages.foreignFrameLimit {
      if unsafe taken[place] { start = place + 1 }
      guard place + 1 - start == count else { continue }
      for place in start...place { unsafe taken[place] = true }
      return start
    }
    return nil
  }

  private static func free(_ place: Int, _ count: Int) {
    for place in place..<place + count { unsafe taken[place] = false }
  }
}
