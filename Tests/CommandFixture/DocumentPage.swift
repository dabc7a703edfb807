// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A page of `docs` that is made, in part, from a table of the program.
public struct DocumentPage {
  /// The page as it is.
  public let text: String
  private let file: URL

  /// A page by its name.
  public init(_ name: String) throws {
    file = Checkout.root.appending(path: "docs/\(name)")
    text = try String(contentsOf: file, encoding: .utf8)
  }

  /// Whether the page is as it should be. With `PVHKIT_UPDATE_DOCS=1` in the environment it is written anew.
  public func isUpToDate(_ wanted: some StringProtocol) throws -> Bool {
    guard ProcessInfo.processInfo.environment["PVHKIT_UPDATE_DOCS"] != "1" else {
      try wanted.write(to: file, atomically: true, encoding: .utf8)
      return true
    }
    return text == wanted
  }
}
