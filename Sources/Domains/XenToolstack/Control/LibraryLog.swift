// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import SystemPackage
import XenDomainModel

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

extension ControlDomain {
  /// What a failed creation means, told from the libraries' own lines: their error numbers say
  /// little, and the errno text beside them is often left over from something else.
  ///
  /// `what` is what failed, where the lines do not tell.
  func diagnosis(of configuration: DomainConfiguration, _ what: String) -> ToolstackError {
    let size = "\(configuration.memoryKiB) KiB"
    let (kind, message): (ToolstackError.Kind, String)
    if log.complains(of: "already exists") {
      kind = .nameTaken
      message = "another domain was named \"\(configuration.name)\" meanwhile: choose another name"
    } else if log.complains(of: "segment kernel too large") {
      kind = .imageRejected
      message =
        "the image does not fit into \(size) of memory, counted from address 0: give the domain "
        + "more memory, or link the image lower"
    } else if log.complains(of: "too large") {
      kind = .badConfiguration
      message = "image and module do not fit into \(size) of memory: give the domain more"
    } else if log.complains(of: "console tty") {
      kind = .consoleUnavailable
      message = "the domain got no console: is xenconsoled running, and devpts mounted?"
    } else if log.complains(of: "paging mempool") || log.complains(of: "allocate")
      || log.complains(of: "mem_init")
    {
      kind = .outOfMemory
      message =
        "Xen could not give the domain \(size) and what it needs besides; \(freeMemoryKiB) "
        + "KiB are free: ask for less, or make room with 'xl mem-set 0' in "
        + "the control domain"
    } else if log.complains(of: "xc_dom_") {
      kind = .imageRejected
      message = "Xen's loader refuses the image (\(lastWords)); is it a PVH image?"
    } else {
      kind = .other
      message = "\(what): \(lastWords)"
    }
    return ToolstackError(kind, message, log: log.text)
  }

  /// What libxenctrl, or if it was silent libxenlight, gave as the reason.
  private var lastWords: String {
    log.lastComplaint(from: "xc") ?? log.lastComplaint(from: "libxl") ?? "no reason given"
  }
}

extension ToolstackError {
  /// A call that set errno.
  package init(
    _ kind: Kind = .other, call: String, code: Int32 = errno, advice: String = "",
    log: [String] = []
  ) {
    self.init(
      kind, "\(call): \(String(cString: strerror(code)))" + (advice.isEmpty ? "" : "; \(advice)"),
      log: log)
  }

  /// Says what was attempted when a call to the system fails.
  static func explaining<Result: ~Copyable>(
    _ call: String, advice: String = "", _ body: () throws(Errno) -> Result
  ) throws(ToolstackError) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw ToolstackError(call: call, code: error.rawValue, advice: advice)
    }
  }
}
