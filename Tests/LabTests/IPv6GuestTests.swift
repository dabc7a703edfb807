// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Guests with IPv6, with dom0's Linux as neighbour, dnsmasq as router, and Debian's programs as peers.
@Suite(.lab) struct IPv6GuestTests {
  private let lab: NetworkLab

  init() throws {
    lab = try NetworkLab("ipv6")
    try DebianProgram("usr/bin/socat", of: "socat").carry(into: lab.lab)
  }

  /// Starts the guest `ipv6`, and returns its run when it is ready, and its address.
  private func start(_ words: String, _ more: [String] = ["--net"]) throws -> (
    run: PVHCommand, address: String
  ) {
    let run = try lab.lab.command(
      ["run", Checkout.guest("ipv6"), "--name", "six", "--cmdline", words] + more)
    try lab.lab.wait { run.printed.contains("ready\n") }
    let address = try #require(run.printed.firstMatch(of: #/ipv6 (fd00:\S+)/#)?.1)
    return (run, String(address))
  }

  private func end(_ run: PVHCommand) throws {
    let asked = try lab.lab.pvh("shutdown", "six")
    #expect(asked.status == 0, "\(asked.errors)")
    #expect(run.finish().status == 0, "\(run.printed)")
    try lab.expectNothingLeft()
  }

  @Test func routersGiveAnAddressAndBothProtocolsServe() throws {
    try lab.dom0(
      """
      seq 1 300000 >/root/numbers
      /etc/xen/scripts/pvhkit-network >/dev/null 2>&1
      socat TCP6-LISTEN:99,fork,reuseaddr OPEN:/root/numbers,rdonly >/dev/null 2>&1 </dev/null &
      """)
    let (run, address) = try start("name=dom0-v6 name=nobody.lab get=dom0-v6,99 get=fe80::1,99")
    let printed = run.printed
    #expect(printed.contains("dom0-v6 is fd00:7076:6800::1\n"), "\(printed)")
    #expect(printed.contains("error: there is no host nobody.lab\n"), "\(printed)")
    let bytes = (1...300_000).map { "\($0)\n".utf8.count }.reduce(0, +)
    #expect(printed.contains("got \(bytes) bytes of [fd00:7076:6800::1]:99\n"), "\(printed)")
    #expect(printed.contains("got \(bytes) bytes of [fe80::1]:99\n"), "\(printed)")
    let ipv4 = try #require(printed.firstMatch(of: #/ipv4 (10\.0\.0\.\d+)/#)?.1)

    // From one byte to what needs many fragments.
    for size in [0, 1452, 1453, 20_000] { try lab.ping(address, size: size) }
    try lab.ping(ipv4)
    for peer in ["TCP6:[\(address)]:7", "TCP4:\(ipv4):7"] {
      #expect(
        try lab.dom0(
          "head -c 1500000 /root/numbers | socat -t 60 - \(peer) | cmp - /root/numbers 2>&1"
            + " | grep -c EOF") == "1\n", "\(peer)")
    }
    for count in [5, 6000] {
      let text = String(repeating: "long ", count: count)
      #expect(
        try lab.dom0("printf %s '\(text)' | socat -b 65000 -t 10 - 'UDP6:[\(address)]:7'") == text)
    }
    // Nobody listens there, and both protocols say so at once.
    #expect(
      try lab.dom0("socat - 'TCP6:[\(address)]:8' </dev/null 2>&1").contains("Connection refused"))
    #expect(
      try lab.dom0("echo x | socat -t 5 - 'UDP6:[\(address)]:8' 2>&1").contains(
        "Connection refused"))
    // Where toolstacks look.
    let domain = try lab.dom0("xl domid six").trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(
      try lab.dom0("xenstore-read /local/domain/\(domain)/attr/vif/0/ipv6/0") == "\(address)\n")
    try end(run)
  }

  @Test func anAddressThatIsGivenAndNoIPv4() throws {
    // Nobody gives addresses of IPv4, and there is no router.
    try lab.dom0(
      """
      /etc/xen/scripts/pvhkit-network >/dev/null 2>&1
      until kill $(pidof dnsmasq) 2>/dev/null; do usleep 50000; done
      """)
    let (run, address) = try start("alone ip6=fd00:7076:6800::77/64,gw=fe80::1")
    #expect(address == "fd00:7076:6800::77")
    #expect(!run.printed.contains("ipv4"), "\(run.printed)")
    try lab.ping(address)
    #expect(try lab.dom0("echo hello | socat -t 10 - 'TCP6:[\(address)]:7'") == "hello\n")
    try end(run)
  }

  @Test func anAddressThatIsTakenIsSaid() throws {
    try lab.dom0("/etc/xen/scripts/pvhkit-network >/dev/null 2>&1")
    let result = try lab.lab.command([
      "run", Checkout.guest("ipv6"), "--name", "six", "--net", "--cmdline",
      "ip6=fd00:7076:6800::1/64",
    ]).finish()
    #expect(result.status != 0)
    #expect(
      result.text.contains("its IPv6 address is taken: station 00:16:3e:00:00:01 has it"),
      "\(result.text)")
    try lab.expectNothingLeft()
  }

  @Test func settingsThatMakeNoSenseAreSaid() throws {
    let result = try lab.lab.command([
      "run", Checkout.guest("ipv6"), "--name", "six", "--net", "--cmdline", "ip6=fd00::1::2/64",
    ]).finish()
    #expect(result.status != 0)
    #expect(result.text.contains("\"fd00::1::2/64\" is wrong; say ip6="), "\(result.text)")
  }
}
