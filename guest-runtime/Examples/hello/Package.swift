// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "hello",
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .executableTarget(
      name: "hello", dependencies: [.product(name: "GuestRuntime", package: "PVHKit")])
  ]
)
