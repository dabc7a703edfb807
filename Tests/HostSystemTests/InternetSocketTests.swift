// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import Testing

@Suite struct InternetSocketTests {
  @Test func addressesAreRead() throws {
    for (text, value) in [
      ("0.0.0.0", 0), ("127.0.0.1", 0x7f00_0001), ("10.0.200.3", 0x0a00_c803),
      ("255.255.255.255", UInt32.max),
    ] as [(String, UInt32)] {
      let address = try #require(InternetAddress(text))
      #expect(address.rawValue == value)
      #expect(address.description == text)
    }
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.2.3.04",
    "1.2.3.4 ",
    "1.2.3.-4", "+1.2.3.4", "1.2.3.1000", "a.b.c.d", "1.2.3.٤",
  ])
  func otherTextsAreNoAddresses(text: String) { #expect(InternetAddress(text) == nil) }

  @Test func someAddressesAreOfNoMachineOfANetwork() throws {
    for text in ["0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1"] {
      #expect(try #require(InternetAddress(text)).isOfNoMachine, "\(text)")
    }
    for text in ["1.0.0.1", "10.0.0.1", "223.255.255.254"] {
      #expect(try !#require(InternetAddress(text)).isOfNoMachine, "\(text)")
    }
    #expect(InternetAddress.loopback.isLoopback)
    #expect(!InternetAddress.any.isLoopback)
  }

  @Test func aMachineKnowsItsOwnAddresses() throws {
    #expect(try InternetSocket.isOwn(.loopback))
    #expect(try InternetSocket.isOwn(.any))
    // Of no machine: RFC 5737.
    #expect(try !InternetSocket.isOwn(try #require(InternetAddress("192.0.2.1"))))
  }

  /// In a process of its own, which may not have another descriptor.
  @Test func whatCannotBeFoundOutIsNotTakenForAnotherMachines() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 3, rlim_max: 3)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      do throws(Errno) {
        _ = try InternetSocket.isOwn(InternetAddress(rawValue: 0xc000_0201))
      } catch .tooManyOpenFiles {
        exit(0)
      } catch {
        exit(2)
      }
      exit(1)
    }
  }

  @Test func oneWhoWaitsIsAcceptedAndNobodyElse() throws {
    let listener = try LoopbackListener(port: 0)
    #expect(try listener.accept() == nil)
    let (other, port) = try InternetSocket.listen(on: .loopback, port: 0, backlog: 1)
    #expect(port != listener.port)
    try other.close()
    #expect(throws: Errno.self) { try InternetSocket.accept(on: other) }
  }

  @Test func nobodyIsAcceptedWithoutADescriptor() async {
    await #expect(processExitsWith: .success) {
      let (listener, port) = try InternetSocket.listen(on: .loopback, port: 0, backlog: 1)
      let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_port = port.bigEndian
      name.sin_addr.s_addr = InternetAddress.loopback.rawValue.bigEndian
      _ = withUnsafePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      var limit = rlimit(rlim_cur: rlim_t(client + 1), rlim_max: rlim_t(client + 1))
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      // Some with lower numbers may be free.
      while dup(client) >= 0 {}
      do throws(Errno) {
        _ = try InternetSocket.accept(on: listener)
      } catch .tooManyOpenFiles {
        exit(listener.isReadable() ? 0 : 3)
      } catch {
        exit(2)
      }
      exit(1)
    }
  }

  @Test func anAlarmRingsFromItsMomentOn() throws {
    let alarm = try Alarm()
    #expect(!alarm.descriptor.isReadable())
    alarm.set(.now)
    #expect(alarm.descriptor.isReadable(within: 100_000))
    #expect(alarm.descriptor.isReadable())
    alarm.set(nil)
    #expect(!alarm.descriptor.isReadable())
    alarm.set(.now.adding(milliseconds: 3_600_000))
    #expect(!alarm.descriptor.isReadable())
  }

  @Test func aStrangerIsNoNeighbour() {
    #expect(
      NetworkInterface(name: "lo").neighbour(InternetAddress(rawValue: 0xc000_0201)) == nil)
    #expect(NetworkInterface(name: String(repeating: "x", count: 40)).neighbour(.loopback) == nil)
  }
}
