// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainModel
import SystemPackage

extension DomainSpec {
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

}

/// What a domain is to be made from: what is wanted of it, and its image.
struct DomainSource {
  var spec: DomainSpec
  let file: GuestFile

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
    let file = GuestFile(path)
    var spec = DomainSpec(options)
    spec.restart = detachment?.restart
    let configuration = try ConfigurationFile(file)
    switch configuration {
    case .image: spec.image = path.string
    case .json(let bytes):
      spec = spec.completed(by: try DomainSpec(json: bytes, file: path.string))
    case .xl(let bytes):
      spec = spec.completed(by: try agent.parse(bytes, file: path.string))
    }
    guard let image = spec.image else {
      throw Problem("\(path) names no image: add \"image\": \"FILE\"", status: .usage)
    }
    guard !image.isEmpty else {
      throw Problem(
        "\(path.isEmpty ? "" : "\(path): ")the image's name is empty; name a file", status: .usage)
    }
    let isRestarted = ![nil, .never].contains(spec.restart)
    guard !isRestarted || startsNothing || detachment?.detach == true else {
      throw Problem(
        "\(path) wants its guest to be started again (\(spec.restart?.rawValue ?? "")), which "
          + "is done for guests of pvh run --detach only", status: .usage)
    }
    for remark in spec.remarks { Terminal.complain("pvh: \(remark)") }
    self.spec = spec
    if case .image = configuration {
      self.file = file
    } else {
      self.file = GuestFile(FilePath(image))
    }
  }
}
