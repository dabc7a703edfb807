// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// A page whose fenced blocks are what a reader types, and what appears then.
struct TourPage {
  enum Block {
    /// The content of a file, which the paragraph above names.
    case file(path: String, content: String)
    case console(Console)
  }

  /// Commands, each in a line that begins with a dollar sign, and what all of them print.
  struct Console {
    var line: Int
    var commands: [String]
    /// Lines, in which … stands for anything; alone, for any number of lines.
    var output: [String]
  }

  let blocks: [Block]

  /// Reads a page; each of its blocks has to be one of the two kinds.
  init(contentsOf file: URL) throws {
    let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
    var blocks: [Block] = []
    var index = 0
    /// The last words in backquotes that were outside of blocks.
    var named: String?
    while index < lines.count {
      let line = lines[index]
      index += 1
      guard line.hasPrefix("```") else {
        if let last = line.matches(of: #/`([^`]+)`/#).last { named = String(last.1) }
        continue
      }
      let start = index
      while lines[index] != "```" { index += 1 }
      let content = Array(lines[start..<index])
      index += 1
      switch line {
      case "```console": blocks.append(.console(Console(line: start, content)))
      case "```swift":
        blocks.append(
          .file(path: try #require(named), content: content.map { $0 + "\n" }.joined()))
      default: throw CocoaError(.fileReadCorruptFile)
      }
    }
    self.blocks = blocks
  }
}

extension TourPage.Console {
  fileprivate init(line: Int, _ content: [String]) {
    self.init(
      line: line, commands: content.filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) },
      output: content.filter { !$0.hasPrefix("$ ") })
  }

  /// Whether this has been printed.
  func matches(_ text: String) throws -> Bool {
    let pattern = output.map { line in
      if line == "…" { return "(?:.*\n)*?" }
      let parts = line.components(separatedBy: "…").map(NSRegularExpression.escapedPattern)
      // Columns are as wide as what is in them.
      return parts.joined(separator: ".*").replacing(#/ +/#, with: " +") + "\n"
    }
    let expression = try NSRegularExpression(pattern: "^" + pattern.joined() + "$")
    let range = NSRange(text.startIndex..., in: text)
    return expression.firstMatch(in: text, options: .anchored, range: range)?.range == range
  }
}
