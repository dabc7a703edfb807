// swift-tools-version: 6.2
import PackageDescription

/// Ordinary programs, as guests: one image for each subject, and one of all. The programs are also built
/// for the host (Package.swift of PVHKit), and must print the same there.
let subjects = [
  "atomics", "c-library", "classes", "closures", "collections", "dictionaries", "errors", "floats",
  "generics", "integers", "randomness", "scalar-names", "sets", "strings", "time", "unicode",
  "values",
]

let runtime: Target.Dependency = .product(name: "GuestRuntime", package: "PVHKit")

/// Hello with one thing more each, for the table of sizes in docs/everyday-swift.md.
let sizes = ["size-dictionary", "size-floats", "size-strings", "size-unicode"]

let package = Package(
  name: "EverydayGuests",
  dependencies: [.package(name: "PVHKit", path: "../..")],
  targets: [
    .target(name: "EverydayC"),
    .target(
      name: "EverydayPrograms",
      dependencies: ["EverydayC", runtime, .product(name: "GuestC", package: "PVHKit")],
      swiftSettings: [.define("GUEST")]),
  ]
    + (["everyday"] + subjects).map { name in
      .executableTarget(
        name: name,
        dependencies: ["EverydayPrograms", runtime])
    } + sizes.map { .executableTarget(name: $0, dependencies: [runtime]) }
)
