// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import SystemPackage

extension DomainDescription {
  /// What the options say.
  init(_ options: DomainOptions) {
    self.init()
    name = options.name
    modules = options.module.isEmpty ? nil : options.module
    commandLine = options.cmdline
    memoryKiB = options.memory?.kibibytes
    vcpuCount = options.vcpus
    timestampCounter = options.tsc
    loader = options.loader
  }

  /// What the options say about an image, or about the domain that a configuration describes.
  ///
  /// `startsNothing` says that the description is only passed on.
  ///
  /// - Throws: A `Problem` if the configuration cannot be read, names no image, or asks for what pvh
  ///   cannot do.
  init(
    _ path: FilePath, _ options: DomainOptions, _ detachment: DetachOptions? = nil,
    startsNothing: Bool = false, readBy agent: TargetAgent
  ) throws(Problem) {
    var description = DomainDescription(options)
    description.restart = detachment?.restart
    switch try ConfigurationFile(path) {
    case .image: description.image = path.string
    case .json(let bytes):
      description = description.completed(by: try Self(json: bytes, file: path.string))
    case .xl(let bytes):
      description = description.completed(by: try agent.parse(bytes, file: path.string))
    }
    guard let image = description.image else {
      throw Problem("\(path) names no image: add \"image\": \"FILE\"", status: .usage)
    }
    guard !image.isEmpty else {
      throw Problem(
        "\(path.isEmpty ? "" : "\(path): ")the image's name is empty; name a file", status: .usage)
    }
    let isRestarted = ![nil, .never].contains(description.restart)
    guard !isRestarted || startsNothing || detachment?.detach == true else {
      throw Problem(
        "\(path) wants its guest to be started again (\(description.restart?.rawValue ?? "")), which "
          + "is done for guests of pvh run --detach only", status: .usage)
    }
    for remark in description.remarks { Terminal.complain("pvh: \(remark)") }
    self = description
  }
}
