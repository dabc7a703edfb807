// SPDX-License-Identifier: Apache-2.0

public import XenToolstack

/// Where the content of an image or a module is.
public enum ImageContent: Sendable {
  /// In a file that is to stay as it is while a domain is built.
  case file(String)
  case bytes([UInt8])
}

extension ImageContent {
  /// The content as a file that Xen's libraries can read.
  func open() throws(ToolstackError) -> ImageFile {
    switch self {
    case .file(let path): return try ImageFile(opening: path)
    case .bytes(let bytes):
      let file = try ImageFile(label: "image")
      try file.append(bytes)
      return file
    }
  }
}

extension DomainImage {
  /// The files for a domain. Several modules become one file, whose parts `configuration` then names.
  init(
    _ image: ImageContent, modules: [ImageContent], _ configuration: inout DomainConfiguration
  ) throws(ToolstackError) {
    guard modules.count > 1 else {
      self.init(kernel: try image.open(), module: try modules.first?.open())
      return
    }
    let pack = try ImageFile(label: "modules")
    configuration.modules = []
    for module in modules {
      let padding = -pack.byteCount & (GuestMemory.pageSize - 1)
      try pack.append([UInt8](repeating: 0, count: padding))
      let start = pack.byteCount
      try pack.append(try module.open().content())
      configuration.modules.append(start..<pack.byteCount)
    }
    self.init(kernel: try image.open(), module: pack)
  }
}

extension XLConfiguration {
  public var image: ImageContent { .file(kernel) }
  /// The modules that the file names: one or none.
  public var modules: [ImageContent] { ramdisk.map { [.file($0)] } ?? [] }
}
