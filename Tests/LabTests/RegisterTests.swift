// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// What programs in dom0 have in their registers stays theirs while domains run beside them.
///
/// With Xen's lazy restoring, QEMU's emulation lets vector registers of one domain through to another, some
/// times a second under load: strings and buffers in dom0 were damaged.
@Suite(.lab) struct RegisterTests {
  @Test func vectorRegistersAreNotMixedUp() throws {
    let labs = try StandingLabs()
    try labs.start("registers")
    let folder = try ScratchFolder()
    let program = folder.url.appending(path: "registers").path
    let source = Checkout.root.appending(path: "Tests/LabTests/Carried/registers.c").path
    let compiler = try PVHCommand(
      ["clang", "-O1", "-static", source, "-o", program], program: URL(filePath: "/usr/bin/env"))
    let compiled = compiler.finish()
    try #require(compiled.status == 0, "\(compiled.errors)")
    try labs.copy(program, to: "/root/registers", in: "registers")
    for name in ["one", "two"] {
      let made = try labs.pvh(
        "create", Checkout.fixture("spin"), "--name", name, "--on", "lab:registers")
      try #require(made.status == 0, "\(made.errors)")
    }
    let result = try labs.pvh(
      "lab", "exec", "registers", "--", "sh", "-c",
      "/root/registers 1 8 & one=$!; /root/registers 2 8; wait $one")
    #expect(result.text == "0 wrong\n0 wrong\n", "\(result.errors)")
  }
}
