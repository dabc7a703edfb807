// SPDX-License-Identifier: Apache-2.0

import AgentProtocol

extension RunRequest {
  /// What the files ask for; `timeout` is in seconds.
  init(_ files: RunFiles, timeout: Double? = nil, verbose: Bool = false) {
    let settings = files.settings
    self.init(
      name: files.name, commandLine: settings.commandLine, memoryKiB: settings.memory.kibibytes,
      vcpuCount: settings.vcpus, timeLimitMilliseconds: timeout.map { Int($0 * 1000) },
      timestampCounter: settings.timestampCounter, loader: settings.loader, verbose: verbose,
      modules: files.modules?.modules ?? [])
  }
}
