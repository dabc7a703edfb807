// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import SystemPackage
import Testing
import XenLab

extension Trait where Self == ConditionTrait {
  /// Runs only where `tools/test` has fetched zlib's source.
  fileprivate static var zlib: Self {
    .enabled("needs zlib's source: run tools/test") {
      FileManager.default.fileExists(atPath: zlibSource.appending(path: "zlib.h").path)
    }
  }
}

private let zlibSource = URL(
  filePath: LabCache.standard.root.appending("sources").appending("zlib").string)

/// A C library that knows nothing of guests: zlib, as its authors publish it, every file of it.
@Suite(.lab, .zlib) struct ForeignLibrary {
  @Test(.timeLimit(.minutes(30)))
  func zlibCompilesUnchangedAndPacksWhatTheHostUnpacks() throws {
    // Stays, as a user's package does: the next run compiles what has changed.
    let folder = Checkout.root.appending(path: ".build/foreign-library")
    try write(to: folder)
    let build = try PVHCommand(
      "build", "--package-path", folder.path, "--scratch-path", Checkout.guestBuilds.path
    ).finish()
    try #require(build.status == 0, "\(build.text) \(build.errors)")

    let text = (0..<5000).map { "line \($0 % 97) of \($0)\n" }.joined()
    let scratch = try ScratchFolder()
    let module = try scratch.file("text", Data(text.utf8))
    let image = folder.appending(path: ".build/pvh/packer.pvh").path
    let result = try PVHCommand(["run", image, "--on", "lab", "--module", module]).finish()
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.text.split(separator: "\n", maxSplits: 1)
    try #require(lines.count == 2, "\(result.text)")
    #expect(lines[0].hasPrefix("zlib 1."))
    #expect(lines[0].hasSuffix(", unpacked: the same"))

    let digits = lines[1].filter(\.isHexDigit)
    var packed = Data()
    var place = digits.startIndex
    while place < digits.endIndex {
      let next = digits.index(place, offsetBy: 2)
      packed.append(try #require(UInt8(digits[place..<next], radix: 16)))
      place = next
    }
    #expect(packed.count < text.utf8.count / 4)
    let file = try scratch.file("packed.gz", packed)
    let unpacked = try PVHCommand(
      ["gzip", "--decompress", "--stdout", file], program: URL(filePath: "/usr/bin/env")
    ).finish()
    #expect(unpacked.status == 0, "\(unpacked.errors)")
    #expect(unpacked.text == text)
  }

  /// A package with the library's files and a program that uses them.
  private func write(to folder: URL) throws {
    let library = folder.appending(path: "Sources/ForeignZlib")
    try? FileManager.default.removeItem(at: folder.appending(path: "Sources"))
    for path in ["Sources/ForeignZlib/include", "Sources/packer"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: path), withIntermediateDirectories: true)
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: zlibSource.path) {
      let isPublic = ["zlib.h", "zconf.h"].contains(name)
      guard name.hasSuffix(".c") || name.hasSuffix(".h") else { continue }
      try FileManager.default.copyItem(
        at: zlibSource.appending(path: name),
        to: library.appending(path: isPublic ? "include/\(name)" : name))
    }
    let manifest = """
      // swift-tools-version: 6.2
      import PackageDescription
      let package = Package(
        name: "packer", dependencies: [.package(name: "PVHKit", path: "\(Checkout.root.path)")],
        targets: [
          // What its own configure finds out: there is <unistd.h>.
          .target(name: "ForeignZlib", cSettings: [.define("HAVE_UNISTD_H")]),
          .executableTarget(
            name: "packer",
            dependencies: ["ForeignZlib", .product(name: "GuestRuntime", package: "PVHKit")]),
        ])
      """
    for (path, content) in [
      ("Package.swift", manifest), ("Sources/packer/ZlibPacker.swift", Self.program),
    ] {
      try Data(content.utf8).write(to: folder.appending(path: path))
    }
  }

  /// Packs its module as a gzip file, unpacks that, and prints it.
  private static let program = """
    import ForeignZlib
    import GuestRuntime

    @main
    struct ZlibPacker: Appliance {
      func run(_ guest: borrowing Guest) throws(GuestError) {
        guard let module = guest.modules.first else { throw GuestError("no module") }
        var plain = Array(module.bytes)
        var packed = [UInt8](repeating: 0, count: Int(compressBound(UInt(plain.count))) + 32)
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, 9, Z_DEFLATED, 31, 8, 0, zlibVersion(), size) == Z_OK
        else { throw GuestError("deflateInit2") }
        plain.withUnsafeMutableBufferPointer { source in
          packed.withUnsafeMutableBufferPointer { target in
            (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
            (stream.next_out, stream.avail_out) = (target.baseAddress, UInt32(target.count))
            _ = deflate(&stream, Z_FINISH)
          }
        }
        packed.removeLast(packed.count - Int(stream.total_out))
        deflateEnd(&stream)

        var again = [UInt8](repeating: 0, count: plain.count)
        var back = z_stream()
        guard inflateInit2_(&back, 31, zlibVersion(), size) == Z_OK
        else { throw GuestError("inflateInit2") }
        packed.withUnsafeMutableBufferPointer { source in
          again.withUnsafeMutableBufferPointer { target in
            (back.next_in, back.avail_in) = (source.baseAddress, UInt32(source.count))
            (back.next_out, back.avail_out) = (target.baseAddress, UInt32(target.count))
            _ = inflate(&back, Z_FINISH)
          }
        }
        inflateEnd(&back)
        print("zlib \\(String(cString: zlibVersion())), unpacked: \\(again == plain ? "the same" : "other")")
        for byte in packed { guest.console.print("\\(hex: UInt(byte >> 4))\\(hex: UInt(byte & 15))") }
        print()
      }
    }
    """
}
