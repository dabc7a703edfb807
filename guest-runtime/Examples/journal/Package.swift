// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "journal",
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .target(name: "JournalLog"),
    .executableTarget(
      name: "journal",
      dependencies: [
        "JournalLog", .product(name: "GuestConcurrency", package: "PVHKit"),
        .product(name: "GuestAsyncDisk", package: "PVHKit"),
        .product(name: "GuestAsyncVchan", package: "PVHKit"),
      ]),
    .testTarget(name: "JournalLogTests", dependencies: ["JournalLog"]),
  ]
)
