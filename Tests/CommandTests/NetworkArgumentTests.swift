// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import HostSystem
import Testing

/// Network interfaces and published ports on the command line and in configurations, as far as it takes no
/// Xen to judge them.
@Suite(.command) struct NetworkArguments {
  private let folder: ScratchFolder
  private let hello = Checkout.example("hello")

  init() throws { folder = try ScratchFolder() }

  @Test(arguments: [
    (["--net", "xenbr0,speed=1"], "\"speed=1\" cannot be there; write [BRIDGE]"),
    (["--net", "mac=1"], "six bytes in hexadecimal"),
    (["--net", "mac=01:16:3e:00:00:07"], "--net: 01:16:3e:00:00:07 stands for many interfaces"),
    (["--net", "ip=10.0.0.2"], "such as 10.0.0.2/24"),
    (
      ["--net", "mac=00:16:3e:00:00:07", "--net", "lan,mac=00:16:3e:00:00:07"],
      "--net: two interfaces are both to have the hardware address 00:16:3e:00:00:07"
    ),
    (["--publish", "80"], "is no pair of ports; write [ADDRESS:]PORT:GUESTPORT"),
    (["--publish", "1:2:3:4"], "is no pair of ports"),
    (["--publish", "x:80"], "has \"x\" where a port from 0 to 65535 belongs"),
    (["--publish", "8080:0"], "has \"0\" where a port from 1 to 65535 belongs"),
    (["--publish", "8080:65536"], "has \"65536\" where a port"),
    (["--publish", "localhost:8080:80"], "does not begin with an IPv4 address"),
    (
      ["--publish", "8080:80", "--publish", "127.0.0.1:8080:81"],
      "--publish: 127.0.0.1:8080 is given twice"
    ),
    (
      ["--publish", "0.0.0.0:8080:80", "--publish", "8080:81"],
      "--publish: 0.0.0.0:8080 and 127.0.0.1:8080 are the same port, as 0.0.0.0 is every address"
    ),
    (
      ["--publish", "192.0.2.1:8080:80", "--publish", "0.0.0.0:8080:80"],
      "--publish: 192.0.2.1:8080 and 0.0.0.0:8080 are the same port"
    ),
    (["--publish", "0:80", "--detach"], "close when it ends: run pvh publish beside"),
    (["--publish", "0:80", "--on", "qemu"], "close when it ends: leave out --on qemu"),
    (["--publish", "0:80", "--on", "lab"], "and it has none: --net xenbr0"),
    (["--publish", "192.0.2.1:0:80", "--net"], "192.0.2.1:0: this machine has no such address"),
    (["--net", "--on", "qemu"], "run it under Xen: --on lab"),
  ])
  func wrongOnesAreRefused(words: [String], refusal: String) throws {
    let result = try PVHCommand(["run", hello] + words).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains(refusal), "\(result.errors)")
  }

  @Test func aPortThatIsTakenIsSaidBeforeALabIsStarted() throws {
    let holder = try LoopbackListener(port: 0)
    let result = try PVHCommand(
      "run", hello, "--on", "lab", "--net", "--publish", "\(holder.port):80"
    ).finish()
    #expect(result.status == 64)
    #expect(
      result.errors.contains("127.0.0.1:\(holder.port): another program has it; choose another"),
      "\(result.errors)")
  }

  @Test(arguments: [
    (#"[{"bridge":"a/b"}]"#, "the bridge's name \"a/b\" is not usable"),
    (#"[{"mac":"x"}]"#, "six bytes in hexadecimal"), (#"[{"ip":"x"}]"#, "such as 10.0.0.2/24"),
    (#"[{"rate":"x"}]"#, "has an element with \"rate\": there are bridge, mac and ip"),
    (#"[{"mac":7}]"#, "has to be a string"), (#""a""#, "interfaces has to be an array"),
    (#"["a"]"#, "interfaces has to be an array of objects"),
  ])
  func wrongConfigurationsAreRefused(interfaces: String, words: String) throws {
    let text = #"{"image":"\#(hello)","interfaces":\#(interfaces)}"#
    let file = try folder.file("x.json", Data(text.utf8))
    let result = try PVHCommand("run", file).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test func areExported() throws {
    func export(_ source: String, _ format: String, _ more: [String] = []) throws -> String {
      let result = try PVHCommand(["export", source, "--format", format] + more).finish()
      #expect(result.status == 0, "\(result.errors)")
      return result.text
    }
    let words = ["--net", "lan,mac=00:16:3e:00:00:07,ip=10.0.0.2/24", "--net"]
    let xl = try export(hello, "xl", words)
    // A hardware address by chance is for one domain only.
    #expect(
      xl.contains(
        """
        vif = [ "bridge=lan,mac=00:16:3e:00:00:07,ip=10.0.0.2/24", "bridge=xenbr0" ]

        """), "\(xl)")
    let libvirt = try export(hello, "libvirt", words)
    #expect(
      libvirt.contains(
        """
              <source bridge='lan'/>
              <mac address='00:16:3e:00:00:07'/>
              <ip address='10.0.0.2' prefix='24'/>
            </interface>

        """), "\(libvirt)")
    // Both are taken back, and say the same.
    let json = try export(hello, "json", words)
    for text in [xl, json] {
      let file = try folder.file("again", Data(text.utf8))
      #expect(try export(file, "xl") == xl)
    }
    let qemu = try PVHCommand(["export", hello, "--format", "qemu", "--force", "--net"])
      .finish()
    #expect(qemu.errors.contains("the interfaces are left out"))
  }

  @Test func aGuestThatNeedsANetworkIsNotRunWithoutOne() throws {
    #expect(try PVHCommand(["new", "web"], folder: folder.url).finish().status == 0)
    _ = try folder.file("web/pvh.json", Data(#"{"web":{"devices":["network"]}}"#.utf8))
    let result = try PVHCommand(
      [
        "run", "--package-path", folder.url.path + "/web", "--on", "lab", "--scratch-path",
        Checkout.guestBuilds.path,
      ]
    ).finish()
    #expect(result.status == 126)
    #expect(
      result.errors.contains("needs a network; give it one: --net xenbr0"), "\(result.errors)")
  }
}
