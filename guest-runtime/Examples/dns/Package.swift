// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "dns",
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .target(
      name: "DNSServing",
      dependencies: [
        .product(name: "ByteText", package: "PVHKit"),
        // Of which it uses NetWire: addresses.
        .product(name: "NetStack", package: "PVHKit"),
      ]),
    .executableTarget(
      name: "dns",
      dependencies: ["DNSServing", .product(name: "GuestTCP", package: "PVHKit")]),
    .testTarget(name: "DNSServingTests", dependencies: ["DNSServing"]),
  ]
)
