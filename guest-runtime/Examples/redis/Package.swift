// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "redis",
  dependencies: [
    .package(name: "PVHKit", path: "../../.."), .package(name: "journal", path: "../journal"),
  ],
  targets: [
    .target(name: "RedisServing", dependencies: [.product(name: "ByteText", package: "PVHKit")]),
    .executableTarget(
      name: "redis",
      dependencies: [
        "RedisServing", .product(name: "RecordLog", package: "journal"),
        .product(name: "GuestAsyncDisk", package: "PVHKit"),
        .product(name: "GuestTCP", package: "PVHKit"),
      ]),
    .testTarget(name: "RedisServingTests", dependencies: ["RedisServing"]),
  ]
)
