// SPDX-License-Identifier: Apache-2.0

extension PackageTemplate {
  /// Paths in the package, and what is there.
  var files: [(path: String, content: String)] {
    let always = [
      ("Package.swift", manifest),
      (".gitignore", ".build/\nPackage.resolved\n"),
      ("Sources/\(logic)/GreetingCount.swift", logicSource),
      ("Sources/\(name)/\(typeName).swift", program),
      ("Tests/\(typeName)Tests/\(typeName)Tests.swift", tests),
    ]
    guard hasC else { return always }
    return always + [
      ("Sources/\(c)/include/\(c).h", header), ("Sources/\(c)/digits.c", cSource),
    ]
  }

  private var logic: String { "\(typeName)Logic" }
  private var c: String { "C\(typeName)" }
  private var runtime: String { hasTasks ? "GuestConcurrency" : "GuestRuntime" }
  /// The modules that guest and tests have in common, C first, as imports are sorted.
  private var modules: [String] { hasC ? [c, logic] : [logic] }

  private var manifest: String {
    let shared = modules.map { "\"\($0)\"" }.joined(separator: ", ")
    let cTarget = hasC ? "\n    // C, for guest and tests alike.\n    .target(name: \"\(c)\")," : ""
    return """
      // swift-tools-version: 6.2
      import PackageDescription

      let package = Package(
        name: "\(name)",
        dependencies: [
          \(dependency)
        ],
        targets: [\(cTarget)
          // What the guest does, in Swift that runs anywhere.
          .target(name: "\(logic)"),
          // The guest: pvh run.
          .executableTarget(
            name: "\(name)",
            dependencies: [
              \(shared),
              .product(name: "\(runtime)", package: "PVHKit"),
            ]),
          // Tests of both: swift test.
          .testTarget(
            name: "\(typeName)Tests",
            dependencies: [
              \(shared),
              .product(name: "PVHTesting", package: "PVHKit"),
            ]),
        ]
      )

      """
  }

  private var logicSource: String {
    """
    /// How often the guest greets: as its command line says, from 1 to 99; once if that is no number.
    public func greetingCount(in commandLine: some Collection<UInt8>) -> Int {
      var count = 0
      for byte in commandLine {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), count < 10 else { return 1 }
        count = 10 * count + Int(byte - UInt8(ascii: "0"))
      }
      return max(count, 1)
    }

    """
  }

  private var program: String {
    let imports = (modules + [runtime]).sorted().map { "import \($0)\n" }.joined()
    let digits =
      hasC
      ? "\n    guest.console.print(\"its digits add up to \\(digit_sum(UInt32(guest.domainID)))\\n\")"
      : ""
    return """
      \(imports)
      @main
      struct \(typeName): \(hasTasks ? "AsyncAppliance" : "Appliance") {
        func run(_ guest: borrowing Guest) \(hasTasks ? "async " : "")throws(GuestError) {
          for _ in 0..<greetingCount(in: guest.commandLine) {
            guest.console.print("hello from domain \\(guest.domainID)\\n")
          }\(digits)
        }
      }

      """
  }

  private var tests: String {
    let imports = (modules + ["PVHTesting", "Testing"]).sorted().map { "import \($0)\n" }.joined()
    let digitTest =
      hasC
      ? """

      @Test func digitsAddUp() {
        #expect(digit_sum(0) == 0)
        #expect(digit_sum(4711) == 13)
      }

      """ : ""
    return """
      \(imports)
      @Test(arguments: [("", 1), ("3", 3), ("99", 99), ("100", 1), ("0", 1), ("often", 1)])
      func greetsAsOftenAsTheCommandLineSays(commandLine: String, count: Int) {
        #expect(greetingCount(in: commandLine.utf8) == count)
      }
      \(digitTest)
      /// Boots the guest itself, under Xen; skipped where that cannot be.
      @Test(.bootsGuests) func bootsAndGreets() throws {
        let guest = try BootedGuest("\(name)", commandLine: "2")
        try guest.waitForLine("hello from domain")
        try guest.waitForLine("hello from domain")
      \(hasC ? "  try guest.waitForLine(\"its digits add up to\")\n" : "")\
        try guest.expectExit(0)
      }

      """
  }

  private var header: String {
    """
    #ifndef \(c.uppercased())_H
    #define \(c.uppercased())_H

    #include <stdint.h>

    /// What a number's decimal digits add up to.
    uint32_t digit_sum(uint32_t number);

    #endif

    """
  }

  private var cSource: String {
    """
    #include "\(c).h"

    uint32_t digit_sum(uint32_t number) {
      uint32_t sum = 0;
      for (; number > 0; number /= 10) sum += number % 10;
      return sum;
    }

    """
  }
}
