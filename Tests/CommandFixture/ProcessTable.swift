// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What runs on this machine.
public enum ProcessTable {
  /// The processes that a process has started.
  public static func children(of parent: Int32) -> [Int32] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { Int32($0) }.filter { status(of: $0)?.parent == parent }
  }

  /// Whether a process is there and has not ended.
  public static func isRunning(_ process: Int32) -> Bool {
    status(of: process).map { $0.state != "Z" } ?? false
  }

  /// State and parent of a process. Source: proc(5), `/proc/PID/stat`.
  private static func status(of process: Int32) -> (state: Substring, parent: Int32)? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[end...].dropFirst(2).split(separator: " ")
    guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
    return (fields[0], parent)
  }
}
