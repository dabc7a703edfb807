// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import Targets

/// What a shell proposes for the name of a domain.
enum DomainNames {
  /// The names in the target that the line names so far; no lab is started for it, nothing said.
  static func all(_ words: [String]) -> [String] {
    let target = zip(words, words.dropFirst()).first { $0.0 == "--on" }?.1 ?? "auto"
    // The shell shows what a completion writes.
    let null = open("/dev/null", O_WRONLY)
    dup2(null, STDERR_FILENO)
    // Another machine would be asked for a password.
    guard let target = try? Target(target), !target.isRemote,
      let domains = try? [DomainSummary](of: target)
    else { return [] }
    return domains.map(\.reference)
  }
}

extension DomainSummary {
  /// Its name, or the number of one that has none.
  var reference: String { name.isEmpty ? "\(domainID ?? 0)" : name }
}

extension Target {
  /// Whether another machine is asked.
  fileprivate var isRemote: Bool {
    if case .ssh = self { true } else { false }
  }
}
