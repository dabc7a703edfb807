// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "echo",
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .executableTarget(
      name: "echo", dependencies: [.product(name: "GuestRuntime", package: "PVHKit")])
  ]
)
