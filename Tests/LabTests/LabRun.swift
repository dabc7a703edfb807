// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Testing

extension Trait where Self == ConditionTrait {
  /// Runs only where `tools/test` has built everything and the lab is prepared.
  static var lab: Self {
    .enabled("needs images and a lab: run tools/test, or pvh lab prepare") { Checkout.hasLab }
  }
}

/// Runs an image in the lab, and says which test ran on which Xen.
func run(
  _ image: String, _ options: String..., example: Bool = false
) throws -> PVHCommand.Result {
  let path = example ? Checkout.example(image) : Checkout.guest(image)
  let command = try PVHCommand(["run", path, "--on", "lab", "--verbose"] + options)
  let result = command.finish()
  let xen = result.errors.split(separator: "\n").first { $0.hasPrefix("pvh: Xen ") }
  print("[lab] \(Test.current?.name ?? "?"): \(xen?.dropFirst(5) ?? "no Xen")")
  return result
}
