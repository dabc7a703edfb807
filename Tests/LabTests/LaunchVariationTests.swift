// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// Odd but legal launches: that they take place, as a guest sees them that prints all it is started with,
/// and that guests of ours do not mind.
@Suite(.lab) struct LaunchVariationTests {
  @Test func theGuestSeesEach() throws {
    let folder = try ScratchFolder()
    let witness = try Self.witness(in: folder)
    let module = try folder.file("module", Data(repeating: 0x4d, count: 5000))
    let labs = try StandingLabs()
    try labs.start("odd")
    for (variation, isSeen) in Self.checks {
      let result = try labs.pvh(
        "run", witness, "--on", "lab:odd", "--memory", "16", "--timeout", "300",
        "--launch-variation", variation.rawValue,
        variation == .commandLineAbsent ? "--module" : "--cmdline=text",
        variation == .commandLineAbsent ? module : "--module=\(module)")
      let seen = Seen(result.text)
      #expect(result.status == 0, "\(variation): \(result.errors)")
      #expect(seen["magic"] == 0x336e_c578 && seen["letter"] == 0x4d, "\(variation): \(seen)")
      #expect(isSeen(seen), "\(variation): \(seen)")
    }
    #expect(Set(Self.checks.keys) == Set(LaunchVariation.allCases))
    let usual = try labs.pvh("run", witness, "--on", "lab:odd", "--memory", "16")
    let wrong = Self.checks.filter { $0.key != .withRSDP && $0.value(Seen(usual.text)) }.map(\.key)
    #expect(wrong.isEmpty, "usual launches look like these")
  }

  private static let checks: [LaunchVariation: @Sendable (Seen) -> Bool] = [
    .startInfoBelow: { $0["ebx"] < $0["image"] },
    .startInfoAtEnd: { $0["ebx"] == (16 << 20) - 4096 },
    .startInfoUnder4GiB: { $0["ebx"] == 0xffff_f000 && $0["highest"] == 1 << 32 },
    .startInfoAcrossPages: { $0["ebx"] % 4096 > 4096 - 56 },
    .modulesBelow: { $0["module"] > 0 && $0["module"] < $0["image"] },
    .moduleListApart: { $0["modules"] == 1 && $0["list"] >> 12 == ($0["ebx"] >> 12) + 1 },
    .commandLineAbsent: { $0["cmdline"] == 0 },
    .commandLineLong: { $0["length"] == 4095 },
    .commandLineEndsPage: { $0["length"] == 4 && ($0["cmdline"] + 5) % 4096 == 0 },
    .mapAbsent: { $0["version"] == 0 },
    .mapOfOne: { $0["entries"] == 1 && $0["ram"] == 16 << 20 },
    .mapOf128: { $0["entries"] == 128 && $0["ram"] == 16 << 20 },
    .mapUnsorted: { $0["unsorted"] > 0 },
    .mapAdjacent: { $0["touching"] == 1 && $0["ram"] == 16 << 20 },
    .withoutRSDP: { $0["rsdp"] == 0 },
    .withRSDP: { $0["rsdp"] != 0 },
    .ringsAsQEMU: { $0["console"] == 0xfeff8 && $0["store"] == 0xfeff9 },
    .ringIndices: {
      $0["first"] == 0xffff_fff0 && $0["request"] == 0xffff_fff0 && $0["stale"] == 0xa5
    },
    .consoleUnserved: { $0["connection"] == 1 },
    .registers: { seen in
      ["eax", "ecx", "edx", "esi", "edi", "ebp", "esp"].allSatisfy { seen[$0] == 0xdead_beef }
    },
    .selectors: { seen in
      ["cs": 0x88, "ds": 0x90, "es": 0x98, "ss": 0xa0].allSatisfy { seen[$0.key] == $0.value }
    },
    .flags: { $0["flags"] & 0x400 != 0 },
    .oddMemory: { $0["ram"] == (16 << 20) - 4096 },
    .dirtyMemory: { $0["far"] == 0xa5 },
  ]

  @Test(arguments: [Checkout.example("hello"), Checkout.guest("text"), Checkout.guest("memory")])
  func guestsEndAsUsual(image: String) throws {
    let result = try PVHCommand(
      "run", image, "--on", "lab", "--launch-variation", "all", "--timeout", "300"
    ).finish()
    #expect([0].contains(result.status), "\(result.text)\(result.errors)")
  }

  @Test func guestsReadWhatTheyAreGiven() throws {
    let folder = try ScratchFolder()
    let module = try folder.file("module", Data(repeating: 0x4d, count: 5000))
    let labs = try StandingLabs()
    try labs.start("odd")
    let usual = try labs.pvh(
      "run", Checkout.guest("arguments"), "--on", "lab:odd", "--cmdline", "a b", "--module", module)
    #expect(usual.status == 0 && usual.text.contains("5000 bytes"), "\(usual.errors)")
    for variation in [LaunchVariation.moduleListApart, .startInfoAcrossPages, .mapUnsorted] {
      let odd = try labs.pvh(
        "run", Checkout.guest("arguments"), "--on", "lab:odd", "--cmdline", "a b", "--module",
        module, "--launch-variation", variation.rawValue)
      #expect(odd.text == usual.text, "\(variation): \(odd.errors)")
    }
  }

  /// Compiles the guest that prints what it sees, at 2 MiB.
  private static func witness(in folder: ScratchFolder) throws -> String {
    let object = folder.url.appending(path: "witness.o").path
    let image = folder.url.appending(path: "witness.elf").path
    let source = Checkout.root.appending(path: "Tests/Guests/bare/witness.c").path
    for arguments in [
      [
        "clang", "--target=i686-unknown-none-elf", "-ffreestanding", "-fno-pic", "-mno-sse",
        "-fno-stack-protector", "-O1", "-c", source, "-o", object,
      ],
      [
        "ld.lld", "-m", "elf_i386", "--image-base=0x200000", "-z", "norelro", "-e",
        "witness_entry", object, "-o", image,
      ],
    ] {
      let result = try PVHCommand(arguments, program: URL(filePath: "/usr/bin/env")).finish()
      try #require(result.status == 0, "\(result.errors)")
    }
    return image
  }
}

/// What a guest printed: names and hexadecimal numbers.
private struct Seen: CustomStringConvertible {
  let description: String
  private let numbers: [Substring: UInt64]

  init(_ text: String) {
    description = text
    let pairs = text.split(separator: "\n").compactMap { line -> (Substring, UInt64)? in
      let words = line.split(separator: " ")
      guard words.count == 2, let number = UInt64(words[1], radix: 16) else { return nil }
      return (words[0], number)
    }
    numbers = Dictionary(pairs) { first, _ in first }
  }

  /// A number; one that no check expects if it was not printed.
  subscript(name: String) -> UInt64 { numbers[name[...]] ?? 0x7777_7777 }
}
