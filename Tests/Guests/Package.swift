// swift-tools-version: 6.2
import PackageDescription

/// Guests of known behaviour, which the lab tests boot.
let runtime: Target.Dependency = .product(name: "GuestRuntime", package: "PVHKit")

let concurrency: Target.Dependency = .product(name: "GuestConcurrency", package: "PVHKit")

let vchan: Target.Dependency = .product(name: "GuestVchan", package: "PVHKit")

let disk: Target.Dependency = .product(name: "GuestDisk", package: "PVHKit")

let diskTasks: Target.Dependency = .product(name: "GuestAsyncDisk", package: "PVHKit")

let tcp: Target.Dependency = .product(name: "GuestTCP", package: "PVHKit")

let network: Target.Dependency = .product(name: "GuestNetwork", package: "PVHKit")

let ipv6: Target.Dependency = .product(name: "GuestIPv6", package: "PVHKit")

let catalogue: Target.Dependency = .product(name: "FixtureCatalogue", package: "PVHKit")

let package = Package(
  name: "Guests",
  dependencies: [.package(name: "PVHKit", path: "../..")],
  targets: [
    .executableTarget(name: "arguments", dependencies: [runtime]),
    .executableTarget(name: "bench", dependencies: [runtime]),
    .executableTarget(name: "broken-console", dependencies: [runtime]),
    .executableTarget(name: "chatter", dependencies: [runtime]),
    .executableTarget(name: "c-ends", dependencies: [runtime, "CEnds"]),
    .target(name: "CAllocation"),
    .executableTarget(name: "concurrency", dependencies: [concurrency]),
    .target(name: "CCrash"),
    .target(name: "CEnds"),
    .target(name: "CMove"),
    .target(name: "CPageTables"),
    .executableTarget(name: "crash", dependencies: [runtime, "CCrash"]),
    .target(name: "CTables"),
    .target(name: "CUpcall"),
    .executableTarget(name: "deep", dependencies: [runtime]),
    .executableTarget(name: "disk", dependencies: [runtime, disk, catalogue]),
    .executableTarget(name: "disk-bench", dependencies: [concurrency, diskTasks]),
    .executableTarget(name: "disk-tasks", dependencies: [concurrency, diskTasks]),
    .executableTarget(name: "entropy", dependencies: [runtime]),
    .executableTarget(name: "events", dependencies: [runtime, "CUpcall"]),
    .executableTarget(name: "exit-status", dependencies: [runtime]),
    .executableTarget(name: "flood", dependencies: [runtime]),
    .executableTarget(name: "idle", dependencies: [runtime]),
    .executableTarget(name: "idle-tasks", dependencies: [concurrency]),
    .executableTarget(name: "ipv6", dependencies: [concurrency, tcp, ipv6]),
    .executableTarget(name: "limits", dependencies: [runtime]),
    .executableTarget(name: "marks", dependencies: [runtime]),
    .executableTarget(name: "memory", dependencies: [runtime, "CAllocation"]),
    .executableTarget(name: "moved", dependencies: [runtime, "CMove"]),
    .executableTarget(name: "network", dependencies: [concurrency, tcp]),
    .executableTarget(name: "datagrams", dependencies: [concurrency, network]),
    .executableTarget(name: "page-tables", dependencies: [runtime, "CPageTables"]),
    .executableTarget(name: "spin", dependencies: [runtime]),
    .executableTarget(name: "store-api", dependencies: [runtime]),
    .executableTarget(name: "tables", dependencies: [runtime, "CTables"]),
    .executableTarget(name: "text", dependencies: [runtime]),
    .executableTarget(name: "time", dependencies: [runtime]),
    .executableTarget(name: "typing", dependencies: [runtime]),
    .executableTarget(name: "vchan", dependencies: [runtime, vchan]),
    .executableTarget(name: "vchan-client", dependencies: [runtime, vchan]),
    .executableTarget(name: "xenstore", dependencies: [runtime]),
  ]
)
