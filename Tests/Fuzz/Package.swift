// swift-tools-version: 6.2
import PackageDescription

/// What `tools/fuzz` runs: a package of its own, because every module of it is instrumented.
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "PVHKit", path: "../..")],
  targets: [
    .executableTarget(
      name: "FuzzImage", dependencies: [.product(name: "PVHImage", package: "PVHKit")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
    .executableTarget(
      name: "FuzzNetwork", dependencies: [.product(name: "NetStack", package: "PVHKit")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
  ]
)
