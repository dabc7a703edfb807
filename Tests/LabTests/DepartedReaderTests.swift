// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Readers of a command's output that see enough before its end.
@Suite(.lab) struct DepartedReaders {
  @Test func endARunAndItsDomain() throws {
    let labs = try StandingLabs()
    try labs.start("departed")
    let result = try labs.command(
      [
        "-c", "{ \"$0\" \"$@\"; echo \"status $?\" >&2; } | head -c 100", Checkout.pvh.path, "run",
        Checkout.guest("chatter"), "--on", "lab:departed",
      ], program: URL(filePath: "/bin/sh")
    ).finish()
    #expect(result.output.count == 100)
    #expect(result.errors == "status 141\n")
    #expect(try labs.pvh("list", "--on", "lab:departed").text.isEmpty)
    try expectNoDomainInXenstore {
      try labs.pvh("lab", "exec", "departed", "--", "xenstore-list", $0).text
    }
  }
}
