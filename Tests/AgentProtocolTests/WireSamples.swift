// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Testing
import XenDomainModel

/// A value, and its text on the wire.
struct Written<Value: Sendable>: Sendable {
  let value: Value
  let text: String

  init(_ value: Value, _ pieces: String...) {
    self.value = value
    text = pieces.joined()
  }
}

extension Message {
  /// The message as it goes over the wire, without the newline after a head that has no body.
  var text: String {
    let text = String(decoding: encoded(), as: UTF8.self)
    return body.isEmpty ? String(text.dropLast()) : text
  }
}

/// Values with much in them, and the text of those that are in several messages.
enum WireSamples {
  static let smallRun =
    #""name":"a","commandLine":"","memoryKiB":1024,"vcpuCount":1,"timestampCounter":"default","#
    + #""loader":"xenguest","verbose":false,"preciseTimings":false,"kernelByteCount":0,"modules":[]"#

  static let largeRun: RunRequest = {
    var run = RunRequest(
      DomainConfiguration(
        name: "b", commandLine: "x=\"1\" é", memoryKiB: 65536, vcpuCount: 4,
        nativeTimestampCounter: true, modules: [0..<1, 4096..<5000]),
      timeLimitMilliseconds: 1500, loader: .libxl, verbose: true, preciseTimings: true)
    (run.isDebugged, run.markAddress, run.variation) = (true, 0x6000, .ringsAsQEMU)
    run.kernelByteCount = 9
    run.moduleByteCount = 5000
    if let third = DiskName("xvdc") {
      run.domain.disks = [
        DomainDisk(path: "/a", name: .first), DomainDisk(path: "/b", name: third, isReadOnly: true),
      ]
    }
    run.carriedDisks = [CarriedDisk(index: 1, byteCount: 512, comesBack: true)]
    if let first = MACAddress("00:16:3e:00:00:07"), let second = MACAddress("00:16:3e:00:00:08") {
      run.domain.interfaces = [
        DomainInterface(mac: first),
        DomainInterface(bridge: "lan", mac: second, address: InterfaceAddress("10.0.0.2/24")),
      ]
    }
    return run
  }()

  static let wholeSpec: DomainSpec = {
    var spec = DomainSpec()
    spec.name = "n"
    spec.image = "a.pvh"
    spec.modules = ["b", ""]
    spec.commandLine = "x"
    spec.disks = [
      DiskSpec(file: "a"), DiskSpec(file: "b", name: "xvdc", access: .readOnly),
    ]
    spec.interfaces = [
      InterfaceSpec(),
      InterfaceSpec(
        bridge: "lan", mac: MACAddress("00:16:3e:00:00:07"),
        address: InterfaceAddress("10.0.0.2/24")),
    ]
    spec.memoryKiB = 512
    spec.vcpuCount = 2
    spec.timestampCounter = .automatic
    spec.loader = .xenguest
    spec.restart = .always
    spec.remarks = ["one"]
    return spec
  }()

  static let waiting = DomainSummary(
    domainID: nil, name: "w", uuid: "", state: .waiting, memoryKiB: 4, vcpuCount: 1,
    cpuNanoseconds: nil,
    supervision: Supervision(
      restart: .always, restartCount: 2, startedAt: 9, outcome: .exited(3), problem: "p"))

  static let waitingText =
    #"{"domainID":null,"name":"w","uuid":"","state":"waiting","memoryKiB":4,"vcpuCount":1,"#
    + #""supervision":"# + supervisionText + "}"

  static let supervisionText =
    #"{"restart":"always","restartCount":2,"startedAt":9,"outcome":"exited","status":3,"#
    + #""problem":"p"}"#
}
