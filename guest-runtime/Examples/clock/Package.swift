// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "clock",
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .executableTarget(
      name: "clock", dependencies: [.product(name: "GuestConcurrency", package: "PVHKit")])
  ]
)
