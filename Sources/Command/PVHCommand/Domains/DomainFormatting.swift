// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainModel
import Glibc

/// What is said of domains to people.
enum DomainFormatting {
  /// An amount of memory; the special pages, a few KiB, are in it.
  static func memory(_ kibibytes: Int) -> String {
    kibibytes < 1024 ? "\(kibibytes) KiB" : "\(kibibytes / 1024) MiB"
  }

  /// Processor time.
  static func time(_ nanoseconds: Int) -> String {
    let hundredths = nanoseconds / 10_000_000
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) s"
  }

  /// A moment in UTC, from seconds since 1970: "2026-01-31T09:00:00Z" (ISO 8601).
  static func moment(_ seconds: Int) -> String {
    var (moment, parts) = (time_t(seconds), tm())
    gmtime_r(&moment, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension DomainSummary {
  /// What the domain is doing, or how it ended.
  var stateWords: String {
    switch state {
    case .shutDown(.crash): state.rawValue
    case .shutDown: "shut down"
    case .ended: "ended" + (supervision?.outcome.map { ": \($0)" } ?? "")
    case .running, .blocked, .paused, .dying, .gone, .waiting: state.rawValue
    }
  }

  /// What people should look at, and what is as it should be.
  var stateColor: OutputStyle.Color? {
    switch state {
    case .running, .blocked: .green
    case .paused, .waiting: .yellow
    case .shutDown(.crash): .red
    case .ended: supervision?.outcome == .crashed ? .red : .grey
    case .shutDown, .dying, .gone: .grey
    }
  }
}
