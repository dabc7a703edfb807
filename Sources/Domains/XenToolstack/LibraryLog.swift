// SPDX-License-Identifier: Apache-2.0
import CXenLight

/// Collects the lines that libxenlight and libxenctrl report, so that an error can carry them.
final class LibraryLog {
  /// Lines kept; when there are more, the oldest go.
  static let lineLimit = 64

  private struct Line {
    var level: xentoollog_level
    var source: String
    var text: String
  }

  /// What to hand to the libraries; valid as long as this object lives.
  let logger: UnsafeMutablePointer<xentoollog_logger>
  private let storage: UnsafeMutablePointer<pvh_logger>
  private var lines: [Line] = []

  init() {
    storage = .allocate(capacity: 1)
    storage.initialize(to: pvh_logger())
    logger = UnsafeMutableRawPointer(storage).assumingMemoryBound(to: xentoollog_logger.self)
    pvh_logger_init(
      storage,
      { context, level, source, line in
        guard let context, let line else { return }
        let log = Unmanaged<LibraryLog>.fromOpaque(context).takeUnretainedValue()
        log.append(
          Line(
            level: level, source: source.map { String(cString: $0) } ?? "xen",
            text: String(cString: line)))
      },
      Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    storage.deallocate()
  }

  /// Forgets what was said before the operation that starts now.
  ///
  /// `isDetailed` lets the next lines include those that explain rather than complain.
  func clear(isDetailed: Bool = false) {
    lines.removeAll(keepingCapacity: true)
    storage.pointee.minimum = isDetailed ? XTL_DETAIL : XTL_NOTICE
  }

  /// The lines since the last ``clear(isDetailed:)``, oldest first.
  var text: [String] {
    lines.map { line in
      let level = xtl_level_to_string(line.level).map { String(cString: $0) } ?? "?"
      return "\(line.source): \(level): \(line.text)"
    }
  }

  /// Whether a warning or an error contains these words.
  func complains(of words: String) -> Bool {
    lines.contains { isComplaint($0) && occurs(words, in: $0.text) }
  }

  /// The last warning or error of one library.
  func lastComplaint(from source: String) -> String? {
    lines.last { isComplaint($0) && $0.source == source }?.text
  }

  private func isComplaint(_ line: Line) -> Bool { line.level.rawValue >= XTL_WARN.rawValue }

  private func append(_ line: Line) {
    if lines.count == Self.lineLimit { lines.removeFirst() }
    lines.append(line)
  }
}

/// Whether `words` occur in `text`, compared byte by byte.
private func occurs(_ words: String, in text: String) -> Bool {
  let (text, words) = (Array(text.utf8), Array(words.utf8))
  guard text.count >= words.count else { return false }
  return (0...text.count - words.count).contains { text[$0..<$0 + words.count] == words[...] }
}
