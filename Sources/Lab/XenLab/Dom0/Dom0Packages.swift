// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// What is needed out of the packages: Xen, the kernel, its modules, and the files of dom0.
struct Dom0Packages {
  private(set) var hypervisor: [UInt8] = []
  private(set) var kernel: [UInt8] = []
  private(set) var modules = KernelModules()
  private(set) var files = PackageFiles()

  /// Modules that the init script loads; what they depend on comes along.
  static let wantedModules = [
    "xen_privcmd", "xenfs", "xen_evtchn", "xen_gntdev", "xen_gntalloc", "virtio_pci", "virtio_blk",
    "virtio_console", "cdrom", "isofs",
  ]

  /// Modules that are there for whoever wants them: `modprobe xen-blkback` in dom0.
  static let laterModules = ["loop", "xen_blkback", "brd"] + Dom0Network.modules

  private static let carriedModules = wantedModules + laterModules

  /// The kernel's release, as `uname -r` says it.
  private(set) var kernelRelease = ""

  /// Reads all packages of the set once.
  init(
    _ packages: DebianPackages, _ release: XenRelease, _ interrupts: borrowing Interrupts,
    progress: (PreparationProgress) -> Void
  ) throws(LabError) {
    let total = packages.all.reduce(0) { $0 + $1.size }
    var done = 0
    for package in packages.all {
      progress(
        .init(
          step: .unpacking, fraction: Double(done) / Double(total), bytesDone: done,
          bytesTotal: total))
      let extraction = PackageExtraction(package: packages.path(of: package))
      if package == packages.kernel {
        try takeKernel(extraction, interrupts)
      } else {
        try extraction.take(into: &files, interrupts, where: Self.isWanted)
      }
      done += package.size
    }
    try takeHypervisor(release, interrupts)
  }

  /// Programs, libraries, the hypervisor and Xen's settings; documentation and the like stay behind.
  private static func isWanted(_ path: String) -> Bool {
    [
      "bin/", "boot/", "etc/xen/", "lib/", "lib64/", "usr/bin/", "usr/lib/", "usr/lib64/",
      "usr/sbin/",
    ]
    .contains { path.hasPrefix($0) }
  }

  private mutating func takeHypervisor(
    _ release: XenRelease, _ interrupts: borrowing Interrupts
  ) throws(LabError) {
    let path = "boot/xen-\(release.version)-amd64.gz"
    guard let packed = files[path] else {
      throw .fileNotInPackages(name: path, neededBy: "the lab")
    }
    hypervisor = try Decompression.plain(packed, path: path, interrupts)
  }

  /// One pass is usual: it keeps the folders where the wanted modules and their dependencies live.
  /// A dependency from elsewhere costs a second one.
  private mutating func takeKernel(
    _ extraction: PackageExtraction, _ interrupts: borrowing Interrupts
  ) throws(LabError) {
    var likely = Set(Self.carriedModules)
    var result = (kernel: kernel, modules: modules)
    var kernelRelease = kernelRelease
    while true {
      let before = result.modules.modules.count
      try extraction.forEach(interrupts) { (entry, contents) throws(LabError) in
        if entry.path.hasPrefix("boot/vmlinuz-"), entry.kind == .file {
          result.kernel = try contents()
          kernelRelease = String(entry.path.dropFirst("boot/vmlinuz-".count))
        }
        if entry.path.hasSuffix("/modules.builtin") {
          result.modules.addBuiltIn(list: try contents())
        }
        guard let name = KernelModules.name(ofPath: entry.path), entry.kind == .file,
          likely.contains(name) || name.hasPrefix("virtio"), result.modules.modules[name] == nil
        else { return }
        let plain = try Decompression.plain(try contents(), path: entry.path, interrupts)
        try result.modules.add(plain, path: entry.path)
      }
      likely = result.modules.missing(for: Self.carriedModules)
      if likely.isEmpty { break }
      guard result.modules.modules.count > before else {
        throw .fileNotInPackages(
          name: likely.sorted().joined(separator: ", "), neededBy: "the dom0 kernel")
      }
    }
    guard !result.kernel.isEmpty else {
      throw .fileNotInPackages(name: "boot/vmlinuz", neededBy: "dom0")
    }
    (kernel, modules) = result
    self.kernelRelease = kernelRelease
  }
}
