// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// The names of characters: half a MiB of tables.
  public static let scalarNames = ProgramGroup(
    "scalar-names", [Program("names and ages", namesAndAges)])
}

private func namesAndAges() {
  for scalar in "a\u{2603}\u{1f600}\u{5d0}".unicodeScalars {
    print(scalar.properties.name ?? "no name")
    if let age = scalar.properties.age { print(age.major, age.minor) }
    print(scalar.properties.generalCategory == .lowercaseLetter)
  }
}
