// SPDX-License-Identifier: Apache-2.0

import AgentProtocol

extension RunRequest {
  /// What the files and the options ask for.
  init(_ files: RunFiles, _ options: DomainOptions, name: String, verbose: Bool = false) {
    self.init(
      name: name, commandLine: files.settings.commandLine,
      memoryKiB: files.settings.memory.kibibytes, vcpuCount: files.settings.vcpus,
      timeLimitMilliseconds: options.timeout.map { Int($0 * 1000) }, loader: options.loader,
      verbose: verbose)
  }
}
