// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import SystemPackage

/// The person in front of pvh.
enum Terminal {
  /// Whether standard error is a terminal, so that a line may be drawn over.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Writes a line to standard error, which may quote what others wrote.
  static func complain(_ line: String) {
    draw("\(line.printable)\n")
  }

  /// Writes to standard error without ending the line.
  static func draw(_ text: String) {
    // There is nobody left to tell when standard error is gone.
    _ = try? FileDescriptor.standardError.writeAll(text.utf8)
  }

  /// Writes bytes to standard output, all of them.
  ///
  /// - Throws: A `Problem` when nobody reads any more, or the disk is full.
  static func write(_ bytes: [UInt8]) throws(Problem) {
    do {
      _ = try FileDescriptor.standardOutput.writeAll(bytes)
    } catch Errno.brokenPipe {
      throw .nobodyReads
    } catch {
      throw Problem("standard output cannot be written: \(error)")
    }
  }

  /// Writes a line to standard output, which may quote what others wrote.
  static func write(_ line: String) throws(Problem) {
    try write(Array("\(line.printable)\n".utf8))
  }

  /// Writes a line to standard output in which what others wrote is printable already, and the rest
  /// may have colours.
  static func write(styled line: String) throws(Problem) {
    try write(Array("\(line)\n".utf8))
  }

  /// Writes a value to standard output as JSON, its keys in order.
  static func write(json value: some Encodable) throws {
    try write(Array(text(json: value).utf8))
  }

  /// A value as JSON, its keys in order.
  static func text(json value: some Encodable) throws -> String {
    String(decoding: try JSON.value(value).serialisedForPeople(), as: UTF8.self)
  }

  /// Bytes as people read them: "12.3 MB".
  static func size(_ bytes: Int) -> String {
    guard bytes >= 1000 else { return "\(bytes) bytes" }
    var value = Double(bytes)
    var unit = ""
    for next in ["kB", "MB", "GB", "TB"] where value >= 1000 {
      value /= 1000
      unit = next
    }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }
}
