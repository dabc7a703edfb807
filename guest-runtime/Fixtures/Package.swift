// swift-tools-version: 6.2
import PackageDescription

/// Guests of known behaviour, for tests of toolstacks and daemons: one image each. What they promise is in
/// `FixtureCatalogue`.
let names = [
  "idle", "hello-exit", "end", "triple-fault", "fault", "watchdog", "halt", "shutdown-ack",
  "shutdown-ignore", "shutdown-ack-never", "shutdown-slow", "shutdown-refuse", "reboot-loop",
  "no-xenstore", "no-console", "report", "spin", "duty-cycle", "memory-touch", "memory-hog",
  "balloon", "clock", "console-echo", "console-flood", "console-binary", "console-no-reader",
  "console-hostile", "xs-reader", "xs-write", "xs-watch-hold", "xs-tx-hold", "xs-fill",
  "xs-storm", "xs-hostile", "xs-late", "xs-conformance",
]

let machine: Target.Dependency = .product(name: "GuestMachine", package: "PVHKit")

/// What some need besides.
let further: [String: [Target.Dependency]] = [
  "fault": ["CFaults"], "halt": ["CFaults"], "triple-fault": ["CFaults"],
  "report": ["CFaults", .product(name: "CGuestEntry", package: "PVHKit")],
]

let package = Package(
  name: "Fixtures",
  dependencies: [.package(name: "PVHKit", path: "../..")],
  targets: [
    .target(
      name: "FixtureSupport",
      dependencies: [
        machine, .product(name: "FixtureCatalogue", package: "PVHKit"),
        .product(name: "GuestRuntime", package: "PVHKit"),
      ]),
    .target(name: "CFaults"),
  ]
    + names.map { name in
      .executableTarget(
        name: name, dependencies: ["FixtureSupport", machine] + (further[name] ?? []))
    }
)
