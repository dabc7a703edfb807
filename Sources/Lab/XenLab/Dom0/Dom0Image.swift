// SPDX-License-Identifier: Apache-2.0

/// The root file system of dom0, as an initramfs.
struct Dom0Image {
  let archive: [UInt8]

  private static let libraryFolder = "usr/lib/x86_64-linux-gnu"

  /// Programs of xen-utils that a dom0 without udev and scripts has a use for.
  private static let xenPrograms = [
    "xl", "xenconsoled", "xenconsole", "xen-init-dom0", "libxl-save-helper",
    "xenctx", "xen-hvmctx", "xen-diag", "xentop", "test-xenstore", "xenstore-control",
    "vchan-socket-proxy",
  ]

  private static let xenstorePrograms = [
    "list", "ls", "read", "rm", "write", "watch", "exists", "chmod",
  ]
  .map { "usr/bin/xenstore-\($0)" }

  /// Names of what is put in, for comparing with an earlier image.
  static func contents(_ release: XenRelease, _ xenstore: XenstoreDaemon) -> [String] {
    [xenstore.rawValue, xenstore.settingsPath ?? ""]
      + xenPrograms + xenstorePrograms + agentLibraries(release) + skeleton
      + [release.pluginFolder] + Dom0SecureShell.contents(release) + Dom0Packages.laterModules
      + [BlockScript.path, BlockScript.text] + Dom0Network.contents
  }

  /// Libraries that an agent loads, and those of other programs for this Xen that are carried into dom0.
  private static func agentLibraries(_ release: XenRelease) -> [String] {
    ["libxenlight", "libxlutil", "libxenguest", "libxenctrl"].map { "\($0).so.\(release.version)" }
      + [
        "libxenstore.so.4", "libxentoollog.so.1", "libxenforeignmemory.so.1", "libxenevtchn.so.1",
        "libxengnttab.so.1", "libxencall.so.1", "libxendevicemodel.so.1", "libxentoolcore.so.1",
        "libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0",
        "libdl.so.2", "librt.so.1", "libutil.so.1",
      ]
  }

  init(
    _ packages: Dom0Packages, _ release: XenRelease, _ xenstore: XenstoreDaemon
  ) throws(LabError) {
    var archive = CpioArchive()
    var closure = LibraryClosure()
    let files = packages.files
    Self.addSkeleton(to: &archive, release)

    func addProgram(_ path: String, as target: String? = nil) throws(LabError) {
      guard let program = files[path] else {
        throw .fileNotInPackages(name: path, neededBy: "dom0")
      }
      archive.addFile(target ?? path, program, mode: 0o755)
      try closure.add(program: program, name: path, from: files)
    }
    try addProgram("bin/busybox")
    if let path = xenstore.settingsPath {
      guard let settings = files[path] else {
        throw .fileNotInPackages(name: path, neededBy: xenstore.rawValue)
      }
      archive.addFile(path, settings)
    }
    for name in [xenstore.rawValue] + Self.xenPrograms {
      try addProgram("\(release.programFolder)/\(name)")
    }
    for path in Self.xenstorePrograms + Dom0SecureShell.programs + Dom0Network.programs {
      try addProgram(path)
    }
    for path in Dom0SecureShell.newerPrograms where files[path] != nil { try addProgram(path) }
    if xenstore == .oxenstored {
      for path in files.paths(under: release.pluginFolder) { try addProgram(path) }
    }
    for library in Self.agentLibraries(release) { try closure.add(library: library, from: files) }
    for (name, library) in closure.libraries.sorted(by: { $0.key < $1.key }) {
      archive.addFile("\(Self.libraryFolder)/\(name)", library, mode: 0o755)
    }
    let loader = "ld-linux-x86-64.so.2"
    guard
      let bytes = files.first(["lib64/\(loader)", "\(Self.libraryFolder)/\(loader)"])
    else { throw .fileNotInPackages(name: loader, neededBy: "dom0") }
    archive.addFile("lib64/\(loader)", bytes, mode: 0o755)

    Self.addModules(of: packages, to: &archive)
    let modules = packages.modules.loadOrder(for: Dom0Packages.wantedModules)
    let start = Dom0Init(
      release: release, xenstore: xenstore, modules: modules.map { "\($0).ko" })
    archive.addFile("init", Array(start.script.utf8), mode: 0o755)
    self.archive = archive.finished()
  }

  private static func addModules(of packages: Dom0Packages, to archive: inout CpioArchive) {
    let folder = "lib/modules/\(packages.kernelRelease)"
    let carried = Dom0Packages.wantedModules + Dom0Packages.laterModules
    for name in packages.modules.loadOrder(for: carried) {
      guard let module = packages.modules.modules[name] else { continue }
      archive.addFile("\(folder)/\(name).ko", module.content)
    }
    let dependencies = packages.modules.dependencyFile(for: carried)
    archive.addFile("\(folder)/modules.dep", Array(dependencies.utf8))
    // Where the kernel and other programs look for it.
    archive.addSymbolicLink("sbin/modprobe", to: "../bin/busybox")
  }

  private static let skeleton = [
    "agent", "bin", "dev", "etc/xen", "lib64", "mnt", "proc", "root", "run/xen", "run/xenstored",
    "sys", "usr/sbin", "var/lib/xen", "var/lib/xenstored", "var/lock", "var/log/xen",
  ]

  private static func addSkeleton(to archive: inout CpioArchive, _ release: XenRelease) {
    for folder in skeleton + Dom0SecureShell.folders + Dom0Network.folders {
      archive.addFolder(folder)
    }
    archive.addFolder("tmp", mode: 0o1777)
    archive.addSymbolicLink("var/run", to: "../run")
    archive.addSymbolicLink("lib/x86_64-linux-gnu", to: "../\(libraryFolder)")
    // The kernel opens it before anything is mounted.
    archive.addCharacterDevice("dev/console", major: 5, minor: 1)
    archive.addFile(
      "etc/passwd", Array("root:x:0:0:root:/root:/bin/sh\n\(Dom0SecureShell.user)".utf8))
    archive.addFile("etc/group", Array("root:x:0:\nnogroup:x:65534:\n".utf8))
    let launcher = Dom0SecureShell.launcher
    archive.addFile(launcher.path, Array(launcher.text.utf8), mode: 0o755)
    let settings = Dom0SecureShell.settings(release)
    archive.addFile(settings.path, Array(settings.text.utf8))
    archive.addFile(BlockScript.path, Array(BlockScript.text.utf8), mode: 0o755)
    Dom0Network.addFiles(to: &archive)
    // dom0's memory is fixed by Xen's command line.
    archive.addFile("etc/xen/xl.conf", Array("autoballoon=\"off\"\n".utf8))
  }
}
