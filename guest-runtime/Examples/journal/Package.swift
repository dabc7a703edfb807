// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "journal",
  // Others use the log as well.
  products: [.library(name: "RecordLog", targets: ["RecordLog", "RecordDisk"])],
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .target(name: "RecordLog"),
    .target(
      name: "RecordDisk",
      dependencies: ["RecordLog", .product(name: "GuestAsyncDisk", package: "PVHKit")]),
    .target(name: "JournalLog", dependencies: ["RecordLog"]),
    .executableTarget(
      name: "journal",
      dependencies: [
        "JournalLog", "RecordDisk", .product(name: "GuestConcurrency", package: "PVHKit"),
        .product(name: "GuestAsyncDisk", package: "PVHKit"),
        .product(name: "GuestAsyncVchan", package: "PVHKit"),
      ]),
    .testTarget(name: "JournalLogTests", dependencies: ["JournalLog"]),
  ]
)
