// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Testing

/// What a lab has for a network of guests, asked by programs of Debian's that are carried into it.
@Suite(.lab, .onceOnly) struct NetworkServiceTests {
  @Test func aLabHasABridgeAndNames() throws {
    let lab = try DetachedLab("net-service")
    func dom0(_ script: String) throws -> String {
      try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", script).text
    }
    // Nothing of it is there before the first interface.
    #expect(try dom0("ls /sys/class/net").split(separator: "\n") == ["lo"])
    #expect(try dom0("ps | grep [d]nsmasq").isEmpty)
    let starts = "/etc/xen/scripts/pvhkit-network xenbr0"
    // Those who come at the same time wait for the one that makes it.
    #expect(
      try dom0("for try in 1 2 3; do (\(starts); echo $?) & done; wait") == "0\n0\n0\n")
    #expect(try dom0("ip addr show xenbr0").contains("inet 10.0.0.1/24"))
    #expect(
      try dom0("\(starts); echo $?; /etc/xen/scripts/pvhkit-network other; echo $?") == "0\n1\n")
    try DebianProgram("usr/bin/dig", of: "bind9-dnsutils").carry(into: lab)
    try lab.wait { try dom0("ps | grep [d]nsmasq").isEmpty == false }
    #expect(try dom0("dig +short @10.0.0.1 pvh-lab.lab") == "10.0.0.1\n")
    // What is not in the lab is asked of nobody.
    #expect(try dom0("dig @10.0.0.1 example.org").contains("status: REFUSED"))
    try DebianProgram("usr/bin/curl", of: "curl").carry(into: lab)
    _ = try dom0("mkdir /www; echo here >/www/index.html; httpd -p 10.0.0.1:80 -h /www")
    #expect(try dom0("curl -sS http://10.0.0.1/") == "here\n")
  }
}
