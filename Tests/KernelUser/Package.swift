// swift-tools-version: 6.2
import PackageDescription

/// A guest that cannot be linked: its C code wants an operating system.
let package = Package(
  name: "KernelUser",
  dependencies: [.package(name: "PVHKit", path: "../..")],
  targets: [
    .target(name: "CKernelUser"),
    .executableTarget(
      name: "kernel-user",
      dependencies: ["CKernelUser", .product(name: "GuestRuntime", package: "PVHKit")]),
  ]
)
