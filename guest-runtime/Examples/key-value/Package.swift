// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "key-value",
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .executableTarget(
      name: "key-value", dependencies: [.product(name: "GuestRuntime", package: "PVHKit")])
  ]
)
