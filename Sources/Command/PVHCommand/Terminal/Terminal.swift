// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostJSON
import SystemPackage
import XenLab

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

/// The descriptors that every program expects to have.
enum StandardStreams {
  /// Opens those of descriptors 0 to 2 that our parent has closed, in a mode in which they can be neither read nor
  /// written: otherwise the next file we open would get that number, and our output would go into it.
  static func fillGaps() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is the one that is missing.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Standard input of a command that reads text.
enum StandardInput {
  /// All of it, up to `limit` bytes.
  static func text(limit: Int) throws(Problem) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    do {
      while bytes.count < limit,
        case let count = try buffer.withUnsafeMutableBytes({
          try FileDescriptor.standardInput.read(into: $0)
        }), count > 0
      {
        bytes += buffer[..<count]
      }
    } catch {
      throw Problem("standard input cannot be read: \(error)")
    }
    return String(decoding: bytes.prefix(limit), as: UTF8.self)
  }
}

extension String {
  /// The text as one line that cannot confuse a terminal or its reader: controls and what reverses
  /// the direction of writing become "?".
  ///
  /// Texts from an image are whatever its author wants.
  var printable: String {
    guard utf8.contains(where: { $0 < 0x20 || $0 > 0x7e }) else { return self }
    var text = ""
    for scalar in unicodeScalars { text.unicodeScalars.append(scalar.isHarmless ? scalar : "?") }
    return text
  }
}

extension Unicode.Scalar {
  fileprivate var isHarmless: Bool {
    if self == "\t" { return true }
    return switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
    default: true
    }
  }
}

/// A preparation's progress: one line drawn over and over on a terminal, one line a step elsewhere.
final class ProgressLine {
  private var shown = ""
  private var lastStep: PreparationProgress.Step?

  /// Shows where a preparation is.
  func show(_ progress: PreparationProgress) {
    let title = "[\(progress.number)/\(progress.count)] \(progress.step)"
    if Terminal.isInteractive {
      draw(title + detail(progress))
    } else if progress.step != lastStep {
      Terminal.complain(title)
    }
    lastStep = progress.step
  }

  /// Leaves the last line standing.
  func finish() {
    if !shown.isEmpty { Terminal.complain("") }
    shown = ""
  }

  private func detail(_ progress: PreparationProgress) -> String {
    var text = ""
    if let fraction = progress.fraction { text += "  \(Int(fraction * 100)) %" }
    if let done = progress.bytesDone {
      text += "  \(Terminal.size(done))"
      if let total = progress.bytesTotal { text += " of \(Terminal.size(total))" }
    }
    return text
  }

  private func draw(_ text: String) {
    guard text != shown else { return }
    shown = text
    // Back to the start of the line; what an older, longer text left is cleared.
    Terminal.draw("\r\(text)\u{1b}[K")
  }
}
