// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// pvh in a control domain: it works in its own process, and leaves as little behind as elsewhere.
@Suite(.lab, .serialized) struct LocalAgentTests {
  private let labs: StandingLabs

  init() throws {
    labs = try StandingLabs()
    try labs.start("home")
    let agent = Checkout.pvh.deletingLastPathComponent().appending(path: "pvh-agent").path
    let files = [
      ("pvh", Checkout.pvh.path), ("pvh-agent", agent), ("hello", Checkout.example("hello")),
      ("echo", Checkout.example("echo")), ("idle", Checkout.guest("idle")),
      ("disk", Checkout.guest("disk")),
    ]
    for (name, file) in files { try labs.copy(file, to: "/root/\(name)", in: "home") }
  }

  private func shell(_ script: String) throws -> PVHCommand.Result {
    try labs.pvh("lab", "exec", "home", "--", "sh", "-c", "cd /root; \(script)")
  }

  private func expectNothingLeft() throws {
    #expect(try shell("xl list | wc -l").text == "2\n")
    try expectNoDomainInXenstore { try shell("xenstore-list \($0)").text }
  }

  @Test func worksInItsOwnProcess() throws {
    let result = try shell("printf 'words\\nbye\\n' | ./pvh run echo; echo status $?")
    #expect(result.text.contains("you said: words\n"), "\(result.errors)")
    #expect(result.text.hasSuffix("status 0\n"), "\(result.text)")
    let agents = try shell("./pvh run idle --timeout 1 & usleep 500000; ps -o args; wait")
    #expect(agents.text.contains("./pvh run idle"), "\(agents.text)")
    // The one that cleans up has the arguments of the process that it watches over.
    #expect(!agents.text.contains("/root/pvh-agent"), "\(agents.text)")

    for loader in ["xenguest", "libxl"] {
      let result = try shell(
        """
        ./pvh create idle --name one --memory 4 --loader \(loader) >/dev/null
        ./pvh list --name one --quiet | wc -l
        ./pvh pause one && ./pvh list --state paused --quiet | wc -l
        ./pvh unpause one && ./pvh destroy one; echo status $?
        """)
      #expect(result.text == "1\n1\nstatus 0\n", "\(loader): \(result.errors)")
      try expectNothingLeft()
    }

    let configured = try shell(
      """
      printf 'name="two"\\nkernel="/root/hello"\\ntype="pvh"\\nmemory=4\\n' > two.cfg
      ./pvh run two.cfg; echo status $?
      """)
    #expect(configured.text.contains("hello from domain"), "\(configured.errors)")
    #expect(configured.text.hasSuffix("status 0\n"))

    let detached = try shell(
      """
      ./pvh run hello --detach --name three >/dev/null; ./pvh wait three; ./pvh logs three
      ./pvh destroy three; echo status $?
      """)
    #expect(detached.text.contains("hello from domain"), "\(detached.errors)")
    #expect(detached.text.hasSuffix("status 0\n"), "\(detached.text)")
    try expectNothingLeft()
  }

  /// A disk is a file of this machine, and what the guest writes is in it.
  @Test(arguments: ["xenguest", "libxl"])
  func disksAreFilesHere(loader: String) throws {
    let result = try shell(
      """
      head -c 4194304 /dev/urandom > disk.img; sha256sum disk.img | cut -c 1-64
      ./pvh run disk --loader \(loader) --disk disk.img --cmdline \
        'open sum=0,4194304 write=4096,65536,7 flush sum=0,4194304' | sed -n 's/^sum //p'
      sha256sum disk.img | cut -c 1-64; losetup -a
      """)
    let sums = result.text.split(separator: "\n")
    try #require(sums.count == 4, "\(result.text)\(result.errors)")
    #expect(sums[0] == sums[1] && sums[1] != sums[2] && sums[2] == sums[3], "\(sums)")
    try expectNothingLeft()
  }

  @Test func whatIsKilledLeavesNothing() throws {
    for signal in ["KILL", "TERM", "INT"] {
      let result = try shell(
        """
        ./pvh run idle --name four >/dev/null 2>&1 & run=$!
        looks=0
        until xl list four >/dev/null 2>&1 || [ $looks -ge 500 ]; do
          usleep 20000; looks=$((looks + 1))
        done
        kill -\(signal) $run; wait $run; looks=0
        while [ $(xl list | wc -l) != 2 ] && [ $looks -lt 1200 ]; do
          usleep 50000; looks=$((looks + 1))
        done
        [ $looks -lt 1200 ] && echo gone
        """)
      #expect(result.text == "gone\n", "\(signal): \(result.errors)")
      try expectNothingLeft()
    }
  }
}
