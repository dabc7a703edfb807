// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "web",
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .target(name: "WebServing", dependencies: [.product(name: "ByteText", package: "PVHKit")]),
    .executableTarget(
      name: "web",
      dependencies: ["WebServing", .product(name: "GuestTCP", package: "PVHKit")]),
    .testTarget(name: "WebServingTests", dependencies: ["WebServing"]),
  ]
)
