// swift-tools-version: 6.2
import PackageDescription

/// One manifest for two worlds: the guest runtime, which is Embedded Swift, and the host side, which
/// builds, launches and hosts domains; and for what both share.
let package = Package(
  name: "PVHKit",
  products: [
    .library(name: "GuestRuntime", targets: ["GuestRuntime"]),
    .library(name: "GuestConcurrency", targets: ["GuestConcurrency"]),
    .library(name: "GuestC", targets: ["GuestC"]),
    .library(name: "ByteText", targets: ["ByteText"]),
    .library(name: "GuestVchan", targets: ["GuestVchan"]),
    .library(name: "GuestAsyncVchan", targets: ["GuestAsyncVchan"]),
    .library(name: "GuestDisk", targets: ["GuestDisk"]),
    .library(name: "GuestAsyncDisk", targets: ["GuestAsyncDisk"]),
    .library(name: "GuestNetwork", targets: ["GuestNetwork"]),
    .library(name: "GuestTCP", targets: ["GuestTCP"]),
    .library(name: "GuestIPv6", targets: ["GuestIPv6"]),
    .library(name: "PVHTesting", targets: ["PVHTesting"]),
    .library(name: "GuestMachine", targets: ["GuestMachine"]),
    .library(name: "CGuestEntry", targets: ["CGuestEntry"]),
    .library(
      name: "NetStack", targets: ["NetIPv6", "NetStack", "NetTCP", "NetWire", "XenFrontends"]),
    .library(name: "FixtureCatalogue", targets: ["FixtureCatalogue"]),
    .library(name: "PVHImage", targets: ["PVHImage"]),
    .library(name: "XenLab", targets: ["XenLab"]),
    .library(name: "XenToolstack", targets: ["XenDomainModel", "XenToolstack", "AsyncToolstack"]),
    .executable(name: "pvh", targets: ["pvh"]),
    .executable(name: "pvh-agent", targets: ["pvh-agent"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
  ],
  targets: shared + guest + hostSystem + image + domains + agent + lab + command + measure + tests
)

// MARK: - Rooms: docs/architecture.md draws them, and a test holds it to this manifest

/// The same files in guests and on the host; no I/O.
var shared: [Target] {
  [
    .target(name: "XenABI"),
    .target(name: "XenRings", dependencies: ["XenABI"]),
    .target(name: "ByteText"),
    .target(name: "XenstoreWire", dependencies: ["ByteText", "XenABI"]),
    .target(name: "FixtureCatalogue"),
  ].inRoom("Sources/Shared")
}

/// Built with the xen-pvh Swift SDK for guests; on the host for the tests of what needs no machine.
var guest: [Target] {
  [
    .target(name: "GuestBoot"),
    .target(name: "CGuestSupport"),
    .target(name: "CGuestLibrary"),
    .target(name: "GuestHeap"),
    .target(name: "NetWire", dependencies: ["ByteText"]),
    .target(name: "XenEvents", dependencies: ["XenABI"]),
    .target(
      name: "XenFrontends", dependencies: ["ByteText", "XenABI", "XenRings", "XenstoreWire"]),
    .target(name: "NetTCP", dependencies: ["NetStack", "NetWire", "XenFrontends"]),
    .target(
      name: "GuestRuntime",
      dependencies: [
        "ByteText", "CGuestLibrary", "CGuestSupport", "GuestBoot", "GuestHeap", "XenABI",
        "XenEvents", "XenFrontends", "XenRings", "XenstoreWire",
      ]),
    .target(name: "NetStack", dependencies: ["NetWire", "XenFrontends"]),
    .target(name: "NetIPv6", dependencies: ["NetStack", "NetWire", "XenFrontends"]),
    .target(name: "XenGrants", dependencies: ["XenABI"]),
    .target(
      name: "XenDevices", dependencies: ["ByteText", "XenABI", "XenFrontends", "XenstoreWire"]),
    .target(
      name: "XenBlock",
      dependencies: [
        "ByteText", "XenABI", "XenDevices", "XenFrontends", "XenRings", "XenstoreWire",
      ]),
    .target(
      name: "XenNet",
      dependencies: [
        "ByteText", "NetWire", "XenABI", "XenDevices", "XenFrontends", "XenRings", "XenstoreWire",
      ]),
    .target(
      name: "GuestGrants",
      dependencies: ["GuestRuntime", "XenABI", "XenFrontends", "XenGrants"]),
    .target(
      name: "GuestVchan",
      dependencies: [
        "GuestGrants", "GuestRuntime", "XenABI", "XenFrontends", "XenGrants", "XenRings",
      ]),
    .target(
      name: "GuestDevices",
      dependencies: [
        "GuestGrants", "GuestRuntime", "XenABI", "XenDevices", "XenFrontends", "XenGrants",
        "XenstoreWire",
      ]),
    .target(
      name: "GuestDisk",
      dependencies: [
        "ByteText", "GuestDevices", "GuestRuntime", "XenABI", "XenBlock", "XenDevices",
        "XenFrontends", "XenstoreWire",
      ]),
    .target(name: "GuestC"),
    .target(
      name: "GuestMachine",
      dependencies: [
        "CGuestSupport", "GuestBoot", "GuestRuntime", "XenABI", "XenFrontends", "XenRings",
      ]),
    .target(name: "CGuestEntry"),
    .target(name: "CGuestConcurrency"),
    .target(
      name: "GuestConcurrency",
      dependencies: [
        "CGuestConcurrency", "GuestRuntime", "XenABI", "XenFrontends", "XenstoreWire",
      ]),
    .target(
      name: "GuestAsyncVchan",
      dependencies: ["GuestConcurrency", "GuestRuntime", "GuestVchan", "XenFrontends"]),
    .target(
      name: "GuestNetwork",
      dependencies: [
        "ByteText", "GuestConcurrency", "GuestDevices", "GuestRuntime", "NetStack", "NetWire",
        "XenABI", "XenDevices", "XenFrontends", "XenNet", "XenstoreWire",
      ]),
    .target(
      name: "GuestTCP",
      dependencies: [
        "GuestConcurrency", "GuestNetwork", "GuestRuntime", "NetStack", "NetTCP", "NetWire",
        "XenFrontends",
      ]),
    .target(
      name: "GuestIPv6",
      dependencies: [
        "GuestConcurrency", "GuestNetwork", "GuestRuntime", "NetIPv6", "NetStack", "NetWire",
        "XenFrontends",
      ]),
    .target(
      name: "GuestAsyncDisk",
      dependencies: [
        "GuestConcurrency", "GuestDisk", "GuestRuntime", "XenABI", "XenBlock", "XenFrontends",
      ]),
  ].inRoom("guest-runtime/Sources")
}

/// What the host side wants of Linux.
var hostSystem: [Target] {
  [
    .target(name: "CHostSystem"),
    .target(name: "HostJSON"),
    .target(name: "HostSystem", dependencies: ["CHostSystem", system]),
  ].inRoom("Sources/System")
}

/// Images, and what a guest is told at its start.
var image: [Target] {
  [
    .systemLibrary(
      name: "CHostLibelf", pkgConfig: "libelf", providers: [.apt(["libelf-dev"])]),
    .target(name: "CHostLibelfGaps"),
    .systemLibrary(name: "CHostZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CHostLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(name: "CHostZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CHostLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .target(
      name: "ImageUnpacking", dependencies: ["CHostLZ4", "CHostLZMA", "CHostZlib", "CHostZstd"]),
    .target(
      name: "PVHImage",
      dependencies: [
        "CHostLibelf", "CHostLibelfGaps", "HostJSON", "HostSystem", "ImageUnpacking", "XenABI",
        system,
      ]),
    .target(name: "StartInfoRecords", dependencies: ["XenABI"]),
    .target(name: "ELFZoo"),
  ].inRoom("Sources/Image")
}

/// Domains of the Xen that a program runs under.
var domains: [Target] {
  [
    .systemLibrary(name: "CXenLight", providers: [.apt(["libxen-dev"])]),
    .target(name: "CLibxlLoader"),
    .target(name: "CXenInterface"),
    .target(name: "XenDomainModel", dependencies: ["HostSystem"]),
    .target(
      name: "XenToolstack",
      dependencies: [
        "CLibxlLoader", "CXenInterface", "CXenLight", "HostJSON", "HostSystem",
        "StartInfoRecords", "XenDomainModel", "XenRings", "XenstoreWire", system,
      ]),
    // What programs of others use: they link the libraries of their own Xen. libxenguest calls libxencall, which
    // it does not name.
    .target(
      name: "AsyncToolstack",
      dependencies: ["HostSystem", "XenToolstack", system],
      linkerSettings: ["guest", "ctrl", "call", "evtchn", "foreignmemory", "gnttab", "toollog"]
        .map { .linkedLibrary("xen\($0)") }),
  ].inRoom("Sources/Domains")
}

/// What works in a control domain for pvh, and how the two talk.
var agent: [Target] {
  [
    .target(
      name: "AgentProtocol",
      dependencies: ["AgentMultiplexer", "XenDomainModel", "HostSystem", "HostJSON", system]),
    .target(
      name: "DomainSupervision",
      dependencies: ["AgentProtocol", "XenDomainModel", "HostSystem", system]),
    .target(name: "AgentMultiplexer", dependencies: ["HostSystem", system]),
    .target(name: "AgentGDBServer", dependencies: ["XenDomainModel"]),
    .target(
      name: "AgentCore",
      dependencies: [
        "AgentGDBServer", "AgentMultiplexer", "AgentProtocol", "CHostSystem", "DomainSupervision",
        "HostSystem", "XenToolstack", system,
      ]),
    .target(name: "COldGlibc"),
    // Carried into control domains, where there is no Swift: it brings its own runtime.
    .executableTarget(
      name: "pvh-agent", dependencies: ["AgentCore", "COldGlibc"], linkerSettings: agentLinking),
  ].inRoom("Sources/Agent")
}

/// Real Xen in QEMU.
var lab: [Target] {
  [
    .target(name: "XenLab", dependencies: ["CHostSystem", "HostSystem", "HostJSON", system]),
    .target(
      name: "RunningLabs",
      dependencies: ["HostSystem", "HostJSON", "AgentMultiplexer", "XenLab", system]),
  ].inRoom("Sources/Lab")
}

/// The command.
var command: [Target] {
  let arguments: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
  return [
    .target(name: "PVHTargets", dependencies: ["RunningLabs"]),
    .target(name: "FixtureVerdicts", dependencies: ["HostJSON"]),
    .target(name: "PVHDoctor", dependencies: ["HostSystem", "XenLab", system]),
    // For the tests of other packages, so it is quick to build.
    .target(name: "PVHTesting", dependencies: ["HostSystem", system]),
    .target(
      name: "PVHCommand",
      dependencies: [
        "AgentCore", "AgentMultiplexer", "AgentProtocol", "ELFZoo", "FixtureCatalogue",
        "FixtureVerdicts", "HostJSON", "HostSystem", "ImageUnpacking", "PVHDoctor", "PVHImage",
        "PVHTargets", "RunningLabs", "StartInfoRecords", "XenABI", "XenDomainModel", "XenLab",
        "XenToolstack", arguments, system,
      ]),
    .executableTarget(
      name: "pvh", dependencies: ["PVHCommand"],
      linkerSettings: [quickStart, standalone, xenArchives]),
  ].inRoom("Sources/Command")
}

/// The figures, and the long run.
var measure: [Target] {
  [
    .target(name: "AttendedRuns", dependencies: ["AgentProtocol"]),
    .executableTarget(
      name: "pvh-bench",
      dependencies: [
        "AgentMultiplexer", "AgentProtocol", "AttendedRuns", "FixtureCatalogue", "HostSystem",
        "PVHImage", "XenABI", "XenDomainModel", "XenLab", system,
      ]),
    // pvh-agent with a closer look at guests.
    .executableTarget(
      name: "pvh-bench-agent",
      dependencies: ["AgentCore", "COldGlibc", "XenDomainModel", "HostSystem", "XenToolstack"],
      linkerSettings: agentLinking),
    .executableTarget(
      name: "pvh-soak",
      dependencies: [
        "AgentProtocol", "AttendedRuns", "HostSystem", "PVHTargets", "RunningLabs",
        "XenDomainModel", system,
      ]),
  ].inRoom("Sources/Measure")
}

extension [Target] {
  /// The same targets in a folder.
  func inRoom(_ folder: String) -> [Target] {
    for target in self { target.path = "\(folder)/\(target.name)" }
    return self
  }
}

// MARK: - How the programs are linked

/// Settings for programs that are started often, in the control domain's case on a host where each
/// page fault goes through Xen: fewer libraries to load, fewer pages to relocate.
///
/// Of the linkers beside Swift, lld has all that is needed.
var quickStart: LinkerSetting {
  let options = ["--icf=safe", "--no-export-dynamic", "-O2", "-z", "pack-relative-relocs"]
  return .unsafeFlags(
    ["-use-ld=lld", "-L\(Context.packageDirectory)/linker/runtime"]
      + options.flatMap { ["-Xlinker", $0] },
    .when(platforms: [.linux], configuration: .release))
}

/// How programs are linked that act in control domains.
var agentLinking: [LinkerSetting] {
  [
    .unsafeFlags(["-static-stdlib"]),
    .unsafeFlags(
      ["-Xlinker", "--strip-all", "-Xclang-linker", "-no-pie"], .when(configuration: .release)),
    quickStart, xenArchives,
  ]
}

/// Statically links a program. It then needs no shared libraries, starts with half the page faults, and can be
/// copied to any x86-64 Linux host.
var standalone: LinkerSetting {
  .unsafeFlags(["-static-executable"], .when(platforms: [.linux], configuration: .release))
}

/// Xen's libraries, as archives: loading the shared ones takes as long as the rest of the agent's
/// start.
///
/// libxenguest's readers of images announce themselves when they are loaded, so nothing refers to
/// them, and all of that archive is taken. Their calls of the hypervisor pass through CXenInterface,
/// which makes them fit the Xen that runs.
var xenArchives: LinkerSetting {
  let xen = [
    "ctrl", "foreignmemory", "toollog", "toolcore", "call", "evtchn", "gnttab", "devicemodel",
  ]
  let words =
    ["--wrap=xencall1", "--whole-archive", "-l:libxenguest.a", "--no-whole-archive"]
    + xen.map { "-l:libxen\($0).a" } + ["lzma", "zstd", "z"].map { "-l:lib\($0).a" }
  return .unsafeFlags(words.flatMap { ["-Xlinker", $0] })
}

var system: Target.Dependency { .product(name: "SystemPackage", package: "swift-system") }

// MARK: - Tests

var tests: [Target] {
  [
    .target(name: "CXenHeaders", path: "Tests/CXenHeaders"),
    .testTarget(name: "XenABITests", dependencies: ["XenABI", "CXenHeaders"]),
    .testTarget(name: "XenEventsTests", dependencies: ["XenABI", "XenEvents"]),
    .testTarget(name: "XenRingsTests", dependencies: ["XenRings"]),
    .testTarget(name: "XenstoreWireTests", dependencies: ["XenstoreWire", "CXenHeaders"]),
    .target(name: "HostilePeers", dependencies: ["XenstoreWire"], path: "Tests/HostilePeers"),
    .testTarget(
      name: "XenFrontendsTests",
      dependencies: ["HostilePeers", "XenABI", "XenFrontends", "XenRings", "XenstoreWire"]),
    .testTarget(
      name: "XenGrantsTests", dependencies: ["HostilePeers", "XenABI", "XenGrants", "XenRings"]),
    .target(
      name: "DeviceFakes", dependencies: ["XenABI", "XenDevices", "XenFrontends"],
      path: "Tests/DeviceFakes"),
    .testTarget(
      name: "XenDevicesTests",
      dependencies: ["DeviceFakes", "XenABI", "XenDevices", "XenFrontends"]),
    .testTarget(
      name: "XenBlockTests",
      dependencies: [
        "DeviceFakes", "XenABI", "XenBlock", "XenDevices", "XenFrontends", "XenRings",
      ]),
    .testTarget(
      name: "XenNetTests",
      dependencies: [
        "CXenHeaders", "DeviceFakes", "NetWire", "XenABI", "XenDevices", "XenFrontends", "XenNet",
        "XenRings",
      ]),
    .testTarget(name: "GuestHeapTests", dependencies: ["GuestHeap"]),
    .testTarget(name: "NetWireTests", dependencies: ["NetWire"]),
    .testTarget(name: "NetStackTests", dependencies: ["NetStack", "NetWire", "XenFrontends"]),
    .target(name: "OwnThread", path: "Tests/OwnThread"),
    .testTarget(
      name: "NetTCPTests",
      dependencies: ["NetStack", "NetTCP", "NetWire", "OwnThread", "XenFrontends"]),
    .testTarget(
      name: "NetIPv6Tests",
      dependencies: ["NetIPv6", "NetStack", "NetTCP", "NetWire", "OwnThread", "XenFrontends"]),
    .testTarget(name: "ByteTextTests", dependencies: ["ByteText"]),
    // What EverydayGuests has as guests, for a comparison of what both print.
    .target(name: "EverydayC", path: "Tests/EverydayGuests/Sources/EverydayC"),
    .target(
      name: "EverydayPrograms", dependencies: ["EverydayC", "GuestC"],
      path: "Tests/EverydayGuests/Sources/EverydayPrograms"),
    .executableTarget(
      name: "EverydayHost", dependencies: ["EverydayPrograms"], path: "Tests/EverydayHost"),
    .target(
      name: "PackingFixture",
      dependencies: ["CHostLZ4", "CHostLZMA", "CHostZlib", "CHostZstd", "ImageUnpacking"],
      path: "Tests/PackingFixture"),
    .testTarget(name: "ImageUnpackingTests", dependencies: ["PackingFixture", "ImageUnpacking"]),
    .target(
      name: "CLoaderOracle", path: "Tests/CLoaderOracle",
      linkerSettings: [
        .linkedLibrary("xenguest"), .linkedLibrary("xenctrl"), .linkedLibrary("xentoollog"),
      ]),
    .testTarget(
      name: "PVHImageTests",
      dependencies: [
        "CLoaderOracle", "CommandFixture", "ELFZoo", "ImageUnpacking", "PVHImage",
        "PackingFixture", "XenABI",
      ]),
    .testTarget(name: "StartInfoRecordsTests", dependencies: ["StartInfoRecords", "XenABI"]),
    .testTarget(
      name: "AgentProtocolTests",
      dependencies: [
        "AgentMultiplexer", "AgentProtocol", "AttendedRuns", "HostJSON", "HostSystem",
        "XenDomainModel", system,
      ]),
    .testTarget(
      name: "AgentCoreTests",
      dependencies: [
        "AgentCore", "AgentMultiplexer", "AgentProtocol", "DomainSupervision", "HostSystem",
        "XenDomainModel", system,
      ]),
    .testTarget(name: "AgentGDBServerTests", dependencies: ["XenDomainModel", "AgentGDBServer"]),
    .testTarget(
      name: "DomainSupervisionTests",
      dependencies: ["AgentProtocol", "XenDomainModel", "HostSystem", "DomainSupervision", system]),
    .testTarget(
      name: "XenToolstackTests",
      dependencies: [
        "AsyncToolstack", "CXenInterface", "CommandFixture", "GuestBoot", "HostSystem",
        "HostilePeers", "StartInfoRecords", "XenDomainModel", "XenToolstack", "XenstoreWire",
        system,
      ]),
    // Carried into dom0, where there is no Swift.
    .executableTarget(
      name: "ToolstackTrial", dependencies: ["AsyncToolstack"], path: "Tests/ToolstackTrial",
      linkerSettings: [
        .unsafeFlags(["-static-stdlib"]),
        .unsafeFlags(["-Xlinker", "--strip-all"], .when(configuration: .release)),
      ]),
    .testTarget(name: "HostJSONTests", dependencies: ["HostJSON"]),
    // Carried into dom0, too; it builds domains as the agent does.
    .executableTarget(
      name: "FaultInjection", dependencies: ["AgentCore", "HostSystem", "XenToolstack", system],
      path: "Tests/FaultInjection",
      linkerSettings: [
        .unsafeFlags(["-static-stdlib"]),
        .unsafeFlags(["-Xlinker", "--strip-all"], .when(configuration: .release)),
        xenArchives,
      ]),
    .testTarget(name: "HostSystemTests", dependencies: ["HostSystem", system]),
    .testTarget(name: "XenLabTests", dependencies: ["HostSystem", "XenLab", system]),
    .testTarget(name: "PVHTargetsTests", dependencies: ["RunningLabs", "PVHTargets"]),
    .testTarget(
      name: "FixtureCatalogueTests", dependencies: ["CommandFixture", "FixtureCatalogue"]),
    .testTarget(
      name: "FixtureVerdictsTests", dependencies: ["CommandFixture", "FixtureVerdicts"]),
    .testTarget(
      name: "AgentMultiplexerTests", dependencies: ["HostSystem", "AgentMultiplexer", system]),
    .testTarget(name: "ArchitectureTests", dependencies: ["CommandFixture"]),
    .testTarget(name: "PVHDoctorTests", dependencies: ["PVHDoctor", "XenLab", system]),
    .target(name: "CommandFixture", path: "Tests/CommandFixture"),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "AgentMultiplexer", "AgentProtocol", "CommandFixture", "HostSystem", "PVHCommand",
        "StartInfoRecords", "XenDomainModel", system,
      ]),
    .testTarget(
      name: "LabTests",
      dependencies: [
        "AgentProtocol", "AttendedRuns", "CommandFixture", "ELFZoo", "EverydayHost",
        "FixtureCatalogue", "FixtureVerdicts", "PVHTesting", "StartInfoRecords", "XenDomainModel",
        "XenLab", system,
      ],
      // Compiled by the test that uses it, without Swift's libraries.
      exclude: ["Carried", "OtherXen"]),
  ]
}

// MARK: - Settings, the same for every Swift module

let guestSafeNames = Set((shared + guest).map(\.name))
for target in package.targets where target.type != .system {
  var settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
  if guestSafeNames.contains(target.name) {
    settings += [.strictMemorySafety(), .treatWarning("EmbeddedRestrictions", as: .error)]
  }
  // A task stays where it is: there is one CPU, and each hop would be a turn of the queue.
  if target.name == "GuestConcurrency" {
    settings.append(.enableUpcomingFeature("NonisolatedNonsendingByDefault"))
  }
  target.swiftSettings = settings
}
