// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "tasks",
  dependencies: [.package(name: "PVHKit", path: "../../..")],
  targets: [
    .executableTarget(
      name: "tasks", dependencies: [.product(name: "GuestConcurrency", package: "PVHKit")])
  ]
)
