// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PVHImage
import SystemPackage

/// `pvh build`: images of a package's guests, or one from 64-bit code made elsewhere.
struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Builds the guests of a package into PVH images.",
    discussion: """
      An image is put into .build/pvh/NAME.pvh, after it was checked; with --debug, into \
      .build/pvh/NAME.debug.pvh.

      With --from, a freestanding 64-bit ELF file gets a PVH entry: page tables that map memory below \
      4 GiB one to one (its first 2 GiB also at 0xffffffff80000000), a stack of 16 KiB, and a call of \
      the symbol with the start info's address as its argument.

      Examples:
        pvh build --product hello
        pvh build --debug
        pvh build --from kernel.elf --entry64 kmain -o kernel.pvh
      """)

  @OptionGroup var package: PackageOptions
  @OptionGroup var foreign: ForeignCode

  func validate() throws {
    try foreign.validate()
    if foreign.from != nil, package.isDebug {
      throw ValidationError(
        "--debug is for guests of a package; what --from names is built already")
    }
  }

  func run() throws {
    if let line = try foreign.build() { return try Terminal.write(line) }
    for image in try package.build() { try Terminal.write(image.summary) }
  }
}

/// 64-bit code that was linked elsewhere.
struct ForeignCode: ParsableArguments {
  @Option(help: "A freestanding 64-bit ELF file to make an image of.", completion: .file())
  var from: String?

  @Option(help: "Where its 64-bit code starts: a symbol, or an address (0x…).")
  var entry64: String?

  @Option(
    name: .shortAndLong, help: "Where to put the image; default: FILE.pvh.", completion: .file())
  var output: String?

  func validate() throws {
    guard (from == nil) == (entry64 == nil), from != nil || output == nil else {
      throw ValidationError("--from needs --entry64, and --entry64 and --output need --from")
    }
  }

  /// Makes the image, if there is code to make it of; says what came of it.
  func build() throws(Problem) -> String? {
    guard let from, let entry64 else { return nil }
    let image: PVHImage
    do throws(EditError) {
      image = try LongModeEntry(EntryPlace(entry64)).add(to: from, output: output ?? "\(from).pvh")
    } catch {
      throw Problem(error, file: from)
    }
    let findings = image.validateBoot()
    guard findings.isEmpty else { throw Problem(findings, file: image.file) }
    return image.summary
  }
}

/// Which package, and which of its guests.
struct PackageOptions: ParsableArguments {
  @Option(name: .customLong("package-path"), help: "The package's folder.")
  var folder = "."

  @Option(help: "Only this guest of the package.")
  var product: String?

  @Option(
    name: .customLong("scratch-path"),
    help: ArgumentHelp(
      """
      Where to compile; default: .build/xen-pvh in the package, or xen-pvh in SWIFTPM_BUILD_DIR. \
      Packages that share a folder compile PVHKit once.
      """),
    completion: .directory)
  var scratch: String?

  @Flag(
    name: .customLong("debug"),
    help: "Build without optimisation, and with the message and line of each failed check.")
  var isDebug = false

  /// Builds what the options name; a quiet build shows errors only.
  func build(isQuiet: Bool = false) throws(Problem) -> [GuestBuild] {
    try GuestPackage(at: FilePath(folder), scratch: scratch.map { FilePath($0) }).build(
      product, isDebug ? .debug : .release, isQuiet: isQuiet)
  }
}
