// SPDX-License-Identifier: Apache-2.0

/// Kernel modules by name, with what each depends on.
///
/// Debian's kernel package has no `modules.dep` (depmod writes it when the package is installed), so
/// the same facts are read from where depmod has them: the `.modinfo` section of each module.
struct KernelModules {
  /// A module: its plain content, and the names of those to be loaded before.
  struct Module: Equatable {
    var content: [UInt8]
    var dependencies: [String]
  }

  var modules: [String: Module] = [:]
  /// Names of those that are part of the kernel itself.
  private(set) var builtIn: Set<String> = []

  mutating func add(_ content: [UInt8], path: String) throws(LabError) {
    guard let name = KernelModules.name(ofPath: path) else { return }
    guard let section = try ElfFile(content, name: path)?.section(".modinfo") else {
      throw .malformedFile(name: path, offset: 0, what: "a kernel module without .modinfo")
    }
    modules[name] = Module(
      content: content, dependencies: KernelModules.dependencies(modinfo: section))
  }

  /// Takes the kernel's `modules.builtin`, a path for each line. Source: Linux,
  /// `Documentation/kbuild/kbuild.rst`.
  mutating func addBuiltIn(list: [UInt8]) {
    for line in String(decoding: list, as: UTF8.self).split(separator: "\n") {
      if let name = KernelModules.name(ofPath: String(line)) { builtIn.insert(name) }
    }
  }

  /// The names that `wanted` needs but nobody has added.
  func missing(for wanted: [String]) -> Set<String> {
    var seen: Set<String> = []
    var pending = wanted
    var result: Set<String> = []
    while let name = pending.popLast() {
      guard !builtIn.contains(name), seen.insert(name).inserted else { continue }
      if let module = modules[name] { pending += module.dependencies } else { result.insert(name) }
    }
    return result
  }

  /// `wanted` and all they depend on, each after what it depends on.
  func loadOrder(for wanted: [String]) -> [String] {
    var result: [String] = []
    var entered: Set<String> = []
    func visit(_ name: String) {
      // Entered before it is finished: a cycle, which the kernel forbids, cannot trap us here.
      guard let module = modules[name], entered.insert(name).inserted else { return }
      for dependency in module.dependencies { visit(dependency) }
      result.append(name)
    }
    for name in wanted { visit(name) }
    return result
  }

  /// The file from which modprobe knows what to load before a module: a line for each, with all that it
  /// depends on, of which the last is loaded first. Source: modules.dep(5).
  func dependencyFile(for wanted: [String]) -> String {
    loadOrder(for: wanted).map { name in
      let others = loadOrder(for: [name]).dropLast().reversed()
      return "\(name).ko:" + others.map { " \($0).ko" }.joined() + "\n"
    }
    .joined()
  }

  /// `kernel/drivers/virtio/virtio_pci.ko.xz` → `virtio_pci`; the kernel takes `-` and `_` as equal.
  static func name(ofPath path: String) -> String? {
    let file = path.split(separator: "/").last ?? ""
    guard let end = file.start(ofSuffix: ".ko") else { return nil }
    return underscored(file[..<end])
  }

  private static func underscored(_ name: Substring) -> String {
    String(name.map { $0 == "-" ? "_" : $0 })
  }

  /// Reads `depends=a,b` out of the NUL-separated fields of `.modinfo`.
  static func dependencies(modinfo: ArraySlice<UInt8>) -> [String] {
    for field in modinfo.split(separator: 0) {
      let text = String(decoding: field, as: UTF8.self)
      guard text.hasPrefix("depends=") else { continue }
      return text.dropFirst(8).split(separator: ",").map { underscored($0) }
    }
    return []
  }
}

extension Substring {
  /// Where a suffix such as `.ko` or `.ko.xz` starts.
  fileprivate func start(ofSuffix suffix: String) -> Index? {
    for ending in ["", ".xz", ".zst", ".gz"] where hasSuffix(suffix + ending) {
      return index(endIndex, offsetBy: -(suffix.count + ending.count))
    }
    return nil
  }
}
