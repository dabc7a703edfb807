// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Our guests' own network, with dom0's Linux, its bridge and its programs at the other end.
@Suite(.lab) struct NetworkGuestTests {
  /// Starts the guest `network`, and returns its run when it is ready, and its address.
  private func start(
    _ lab: NetworkLab, _ words: String, _ more: [String] = ["--net"], image: String = "network"
  ) throws -> (run: PVHCommand, address: String) {
    let run = try lab.lab.command(
      ["run", Checkout.guest(image), "--name", "net", "--cmdline", words] + more)
    try lab.lab.wait { run.printed.contains(image == "network" ? "ready\n" : "address ") }
    let address = try #require(run.printed.firstMatch(of: #/address (10\.0\.0\.\d+)/#)?.1)
    return (run, String(address))
  }

  private func end(_ lab: NetworkLab, _ run: PVHCommand) throws {
    let asked = try lab.lab.pvh("shutdown", "net")
    #expect(asked.status == 0, "\(asked.errors)")
    #expect(run.finish().status == 0, "\(run.printed)")
    try lab.expectNothingLeft()
  }

  @Test func pingsOfEverySizeAndAddressesOfDHCP() throws {
    let lab = try NetworkLab("ping")
    let (run, address) = try start(lab, "name=pvh-lab name=nobody.lab")
    for size in [0, 56, 1472, 1473, 9000, 65_507] { try lab.ping(address, size: size) }
    #expect(run.printed.contains("pvh-lab is 10.0.0.1\n"), "\(run.printed)")
    #expect(run.printed.contains("error: there is no host nobody.lab\n"), "\(run.printed)")
    #expect(try lab.lab.pvh("show", "net").text.contains(address))
    // Events that bring nothing make Linux slow for this guest.
    let counts = try lab.dom0(
      "cd /sys/devices/vif-*-0/xenbus; cat spurious_events jiffies_eoi_delayed")
    let numbers = counts.split(separator: "\n").compactMap { Int($0) }
    #expect(numbers.count == 2 && numbers[0] <= 2 && numbers[1] == 0, "\(counts)")
    try end(lab, run)
  }

  @Test(arguments: ["xenguest", "libxl"])
  func bytesOfTCPAreTheSameOnBothSides(loader: String) throws {
    let lab = try NetworkLab("tcp-\(loader)")
    try lab.dom0(
      "seq 1 600000 >/root/numbers; (while true; do nc -l -p 99 </root/numbers; done) >/dev/null 2>&1 &"
    )
    let (echo, source) = (try NetworkLab.freePort(), try NetworkLab.freePort())
    let (run, address) = try start(
      lab, "ip=10.0.0.77/24,gw=10.0.0.1 echo=7 source=19 get=10.0.0.1:99 get=10.0.0.1:98",
      ["--loader", loader, "--net", "--publish", "\(echo):7", "--publish", "\(source):19"])
    #expect(address == "10.0.0.77")
    // What dom0 sends arrives.
    let numbers = Array((1...600_000).map { "\($0)\n" }.joined().utf8)
    let sum = numbers.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) }
    #expect(run.printed.contains("got \(numbers.count) bytes, sum \(sum)\n"), "\(run.printed)")
    #expect(run.printed.contains("error: nobody listens at 10.0.0.1:98\n"), "\(run.printed)")
    // What the guest sends arrives, in dom0 and here.
    let sent = (0..<128).flatMap { block in
      (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &+ block) }
    }
    #expect(try NetworkLab.exchange(source, []) == sent)
    // Both ways at once, and each end ends for itself.
    let text = Array(numbers.prefix(1 << 20))
    #expect(try NetworkLab.exchange(echo, text) == text)
    #expect(
      try lab.dom0(
        "head -c 3000000 /root/numbers | nc \(address) 7 | cmp - /root/numbers 2>&1 | grep -c EOF")
        == "1\n")
    try end(lab, run)
  }

  @Test func aGuestWithoutTCPAnswersDatagrams() throws {
    let lab = try NetworkLab("datagrams")
    try DebianProgram("usr/bin/socat", of: "socat").carry(into: lab.lab)
    let (run, address) = try start(
      lab, "", ["--net", "ip=10.0.0.78/24", "--net"], image: "datagrams")
    #expect(address == "10.0.0.78")
    try lab.ping(address)
    #expect(
      try lab.dom0("nc -w 60 \(address) 7 </dev/null 2>&1").contains("Protocol not available"))
    for text in ["hello", String(repeating: "long ", count: 2000)] {
      #expect(
        try lab.dom0("printf %s '\(text)' | socat -b 65000 -t 10 - UDP4:\(address):7") == text)
    }
    try end(lab, run)
  }

  /// The backend's driver goes and comes back, and the interface itself does, with a connection under way.
  @Test func backendsComeAndGoUnderTraffic() throws {
    let lab = try NetworkLab("traffic")
    let (run, address) = try start(lab, "ip=10.0.0.79/24 echo=7")
    let domain = try lab.dom0("xl domid net").trimmingCharacters(in: .whitespacesAndNewlines)
    // As long as it is wanted, however fast it is; not as fast as it can be, for full queues make Linux's TCP wait for
    // many seconds before it sends again what was lost.
    try lab.dom0(
      """
      (while [ ! -e /root/stop ]; do yes traffic | head -c 100000; usleep 50000; n=$((n+1)); done
        echo $n >/root/sent) | (nc \(address) 7 | wc -c >/root/count) >/dev/null 2>&1 &
      """)
    func packets() throws -> Int {
      let text = try lab.dom0("cat /sys/class/net/vif\(domain).0/statistics/rx_packets")
      return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }
    for _ in 0..<3 {
      try lab.lab.wait { try packets() > 100 }
      let steps = try lab.dom0(
        """
        cd /sys/bus/xen-backend/drivers/vif && echo vif-\(domain)-0 >unbind && usleep 300000
        [ ! -e /sys/class/net/vif\(domain).0 ] && echo vif-\(domain)-0 >bind
        while [ ! -e /sys/class/net/vif\(domain).0 ]; do usleep 50000; done
        ip link set vif\(domain).0 up && brctl addif xenbr0 vif\(domain).0 &&
          xenstore-write /local/domain/0/backend/vif/\(domain)/0/hotplug-status connected && echo done
        """)
      #expect(steps == "done\n")
      try lab.ping(address, count: 1)
    }
    // The stream was not broken, and nothing in it was lost.
    try lab.dom0("touch /root/stop")
    try lab.lab.wait { try lab.dom0("cat /root/count").isEmpty == false }
    let sent = try lab.dom0("cat /root/sent").trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try lab.dom0("cat /root/count") == "\(sent)00000\n")
    try end(lab, run)
  }

  @Test func connectionsByTheHundredLeaveNothing() throws {
    let lab = try NetworkLab("many")
    let (run, address) = try start(lab, "ip=10.0.0.80/24 echo=7")
    let right = try lab.dom0(
      """
      n=0; for i in $(seq 1 200); do [ "$(echo $i | nc \(address) 7)" = $i ] && n=$((n+1)); done; echo $n
      """)
    #expect(right == "200\n")
    try end(lab, run)
  }

  @Test func whoWaitsHearsThatTheInterfaceWasClosed() throws {
    let lab = try NetworkLab("closed")
    try lab.dom0("(sleep 1000 | nc -l -p 97) >/dev/null 2>&1 &")
    let (run, _) = try start(lab, "ip=10.0.0.71/24 closing=10.0.0.1:97 name=pvh-lab")
    let errors = run.printed.split(separator: "\n").filter { $0.hasPrefix("error: ") }
    #expect(
      errors == [
        "error: the connection to 10.0.0.1:97 was ended on this side",
        "error: network interface 0: it was closed",
      ])
    try end(lab, run)
  }

  @Test func whatIsWrongIsSaid() throws {
    let lab = try NetworkLab("wrong")
    func message(_ words: String, _ more: String...) throws -> String {
      let run = try lab.lab.pvh(
        ["run", Checkout.guest("network"), "--name", "net", "--cmdline", words] + more)
      #expect(run.status != 0)
      return run.text
    }
    #expect(
      try message("").contains("this domain has no network interface (pvh run --net gives it one)"))
    #expect(
      try message("ip=10.0.0.300/24", "--net").contains(
        "the command line says ip=10.0.0.300/24: \"10.0.0.300/24\" is wrong"))
    // dom0 has this address, and says so.
    let run = try lab.lab.command(
      [
        "run", Checkout.guest("network"), "--name", "net", "--net", "--cmdline",
        "ip=10.0.0.1/24 get=10.0.0.9:80 get=10.0.0.9:80",
      ])
    try lab.lab.wait { run.printed.contains("ready\n") }
    #expect(
      run.printed.contains(
        "network interface 0: its address is taken: station 00:16:3e:00:00:01 has it"),
      "\(run.printed)")
    try end(lab, run)
    // Nobody has that one.
    let other = try start(lab, "ip=10.0.0.70/24 get=10.0.0.9:80")
    #expect(
      other.run.printed.contains("error: 10.0.0.9:80 cannot be reached\n"), "\(other.run.printed)")
    try end(lab, other.run)
  }
}
