// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// A guest's vchan, with a client that nobody here wrote: xen-utils' vchan-socket-proxy.
@Suite(.lab) struct VchanTests {
  @Test func bytesComeBackAndNothingStays() throws {
    let lab = try DetachedLab("vchan")
    let made = try lab.pvh(
      "run", Checkout.guest("vchan"), "--detach", "--name", "echo", "--cmdline", "4")
    try #require(made.status == 0, "\(made.errors)")
    let number = made.text.trimmingCharacters(in: .newlines)
    func dom0(_ script: String) throws -> String {
      try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", script).text
    }
    let proxy =
      "$(ls /usr/lib/xen-4.*/bin/vchan-socket-proxy) --mode=client \(number) /local/domain/\(number)/data/vchan -"
    func waitForTurn(_ turn: Int) throws {
      try lab.wait { try lab.pvh("logs", "echo").text.contains("ready \(turn)\n") }
    }
    try waitForTurn(1)
    #expect(try dom0("(echo hello; sleep 1; echo again; sleep 1) | \(proxy)") == "hello\nagain\n")
    // More than both rings hold, many times over.
    try waitForTurn(2)
    let sums = try dom0(
      """
      dd if=/dev/urandom of=/tmp/in bs=1024 count=1024 2>/dev/null
      (cat /tmp/in
       looks=0
       while [ $(stat -c %s /tmp/out) != 1048576 ] && [ $looks -lt 600 ]; do
         looks=$((looks + 1)); usleep 100000
       done) | \(proxy) >/tmp/out
      cmp /tmp/in /tmp/out && echo same
      """)
    #expect(sums == "same\n")
    // A client that is killed: its end is closed by the kernel, which is all that the guest learns.
    try waitForTurn(3)
    _ = try dom0(
      "(sleep 60 | \(proxy) >/dev/null) & sleep 1; kill -9 $(pidof vchan-socket-proxy); sleep 1; kill $!"
    )
    try lab.wait { try lab.pvh("logs", "echo").text.contains("ready 4\n") }
    // Only pages that the toolstack granted are in use, below 8: the console's, and xenstore's if its daemon
    // maps it as a grant.
    let table = try dom0("xl debug-keys g; xl dmesg | tail -40")
    let own = try #require(table.components(separatedBy: "remote d\(number) ").last)
    let inUse = own.matches(of: #/\[0x([0-9a-f]+)\]/#).compactMap { Int($0.1, radix: 16) }
    #expect(!inUse.isEmpty && inUse.allSatisfy { $0 < 8 }, "\(own)")
    let log = try lab.pvh("logs", "echo").text
    #expect(log.contains("closed after 12\n") && log.contains("closed after 1048576\n"), "\(log)")
    #expect(try lab.pvh("destroy", "echo").status == 0)
    try lab.expectNothingLeft()
  }
}
