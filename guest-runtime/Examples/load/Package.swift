// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "load",
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .executableTarget(
      name: "load", dependencies: [.product(name: "GuestRuntime", package: "PVHKit")])
  ]
)
