// SPDX-License-Identifier: Apache-2.0

import HostJSON
import HostSystem
import XenDomainModel

// The values of DomainModel that travel as members of messages.

extension DomainSpec: WireValue {
  static var blank: DomainSpec { DomainSpec() }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("name", &name, .text)
    try fields.pass("image", &image, .text)
    try fields.pass("commandLine", &commandLine, .text)
    try fields.pass("timestampCounter", &timestampCounter, .choice)
    try fields.pass("loader", &loader, .choice)
    try fields.pass("restart", &restart, .choice)
    try fields.pass("modules", &modules, .texts)
    try fields.pass("memoryKiB", &memoryKiB, .count)
    try fields.pass("vcpuCount", &vcpuCount, .count)
    try fields.pass("disks", &disks)
    try fields.pass("interfaces", &interfaces)
    try fields.pass("remarks", &remarks, .texts)
  }
}

extension Outcome: WireChoice {
  static let blanks: [Outcome] = [
    .exited(0), .malformedExitStatus(""), .crashed, .rebootRequested, .otherShutdown(reason: 0),
    .timedOut, .stopped, .destroyedFromOutside,
  ]

  var word: String {
    switch self {
    case .exited: "exited"
    case .malformedExitStatus: "malformedExitStatus"
    case .crashed: "crashed"
    case .rebootRequested: "rebootRequested"
    case .otherShutdown: "otherShutdown"
    case .timedOut: "timedOut"
    case .stopped: "stopped"
    case .destroyedFromOutside: "destroyedFromOutside"
    }
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    switch self {
    case .exited(var status):
      try fields.pass("status", &status, .count)
      self = .exited(status)
    case .malformedExitStatus(var seen):
      try fields.pass("seen", &seen, .text)
      self = .malformedExitStatus(seen)
    case .otherShutdown(var reason):
      try fields.pass("reason", &reason, .count)
      self = .otherShutdown(reason: reason)
    case .crashed, .rebootRequested, .timedOut, .stopped, .destroyedFromOutside: break
    }
  }
}

extension DiskSpec: WireValue {
  static var blank: DiskSpec { DiskSpec(file: "") }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("file", &file, .text)
    try fields.pass("name", &name, .text)
    try fields.pass("access", &access, .choice)
  }
}

extension DomainDisk: WireValue {
  static var blank: DomainDisk { DomainDisk(path: "", name: DiskName.first) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("path", &path, .text)
    try fields.pass("name", &name, .diskName)
    try fields.pass("readOnly", &isReadOnly, .flag)
  }
}

extension FieldForm<DiskName> {
  static var diskName: FieldForm {
    FieldForm("a name from xvda to xvdp") { value in
      FieldForm<String>.text.read(value).flatMap { DiskName($0) }
    } write: {
      .string($0.description)
    }
  }
}

extension InterfaceSpec: WireValue {
  static var blank: InterfaceSpec { InterfaceSpec() }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("bridge", &bridge, .text)
    try fields.pass("mac", &mac, .mac)
    try fields.pass("ip", &address, .interfaceAddress)
  }
}

extension DomainInterface: WireValue {
  static var blank: DomainInterface { DomainInterface(mac: .random()) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("bridge", &bridge, .text)
    try fields.pass("mac", &mac, .mac)
    try fields.pass("ip", &address, .interfaceAddress)
  }
}

extension FieldForm<MACAddress> {
  static var mac: FieldForm {
    FieldForm("a hardware address such as 00:16:3e:12:34:56") { value in
      FieldForm<String>.text.read(value).flatMap { MACAddress($0) }
    } write: {
      .string($0.description)
    }
  }
}

extension FieldForm<InterfaceAddress> {
  static var interfaceAddress: FieldForm {
    FieldForm("an address such as 10.0.0.2/24") { value in
      FieldForm<String>.text.read(value).flatMap { InterfaceAddress($0) }
    } write: {
      .string($0.description)
    }
  }
}

extension FieldForm<InternetAddress> {
  static var internetAddress: FieldForm {
    FieldForm("an IPv4 address") { value in
      FieldForm<String>.text.read(value).flatMap { InternetAddress($0) }
    } write: {
      .string($0.description)
    }
  }
}

/// A part of a file, as `offset` and `byteCount`.
extension Range<Int>: WireValue {
  static var blank: Range<Int> { 0..<0 }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    var offset = lowerBound
    var byteCount = count
    try fields.pass("offset", &offset, .count)
    try fields.pass("byteCount", &byteCount, .count)
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    self = offset..<(overflow ? .max : end)
  }
}
