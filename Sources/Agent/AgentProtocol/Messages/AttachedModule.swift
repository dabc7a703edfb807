// SPDX-License-Identifier: Apache-2.0

import JSON

/// The part of the bytes attached as module that is one of several modules.
public struct AttachedModule: Equatable, Sendable {
  /// Bytes before it: a multiple of a page's 4096.
  public var offset: Int
  /// Its own bytes.
  public var byteCount: Int

  /// Names a part.
  public init(offset: Int, byteCount: Int) {
    self.offset = offset
    self.byteCount = byteCount
  }

  /// Where it is among the bytes.
  public var range: Range<Int> {
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    return offset..<(overflow ? .max : end)
  }

  static func all(_ fields: HeadFields) throws(ProtocolError) -> [AttachedModule] {
    var modules: [AttachedModule] = []
    for object in try fields.objects("modules") {
      modules.append(
        AttachedModule(
          offset: try object.count("offset"), byteCount: try object.count("byteCount")))
    }
    return modules
  }

  var json: JSONValue {
    .object([
      JSONMember("offset", .integer(offset)), JSONMember("byteCount", .integer(byteCount)),
    ])
  }
}
