// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostJSON
import XenDomainModel

extension DomainSpec {
  /// Reads a configuration in JSON; `file` is its name for messages.
  init(json bytes: [UInt8], file: String) throws(Problem) {
    self.init()
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: bytes)
    } catch {
      let place = TextPlace(offset: error.offset, in: bytes)
      throw Problem("\(file):\(place): \(error.fact)", status: .usage)
    }
    guard case .object(let members) = value else { return }
    for member in members {
      do throws(BadValue) {
        try take(member)
      } catch {
        throw Problem("\(file): \(member.key) \(error.fact)", status: .usage)
      }
    }
  }

  private mutating func take(_ member: JSONMember) throws(BadValue) {
    let value = member.value
    switch member.key {
    case "name": name = try value.text()
    case "image":
      let text = try value.text()
      guard !text.isEmpty else { throw BadValue("is empty: it has to be the name of a file") }
      image = text
    case "modules": modules = try value.texts()
    case "commandLine": commandLine = try value.text()
    case "memory":
      guard case .string(let text) = value else {
        throw BadValue("has to be a string such as \"16M\", \"512K\" or \"1G\"")
      }
      do throws(MemoryAmountError) {
        memoryKiB = try MemoryAmount(text).kibibytes
      } catch {
        throw BadValue("is \"\(text)\": \(error)")
      }
    case "vcpus":
      guard case .integer(let count) = value, DomainRules.fault(vcpuCount: count) == nil else {
        throw BadValue("has to be a number from 1 to \(DomainRules.vcpuLimit)")
      }
      vcpuCount = count
    case "disks": disks = try value.disks()
    case "interfaces": interfaces = try value.interfaces()
    case "timestampCounter": timestampCounter = try value.choice()
    case "loader": loader = try value.choice()
    case "restart": restart = try value.choice()
    default:
      throw BadValue(
        "is unknown: there are name, image, modules, disks, interfaces, commandLine, memory, vcpus, "
          + "timestampCounter, loader and restart")
    }
  }
}

/// A value that its key cannot have.
private struct BadValue: Error {
  /// What follows the key in a sentence.
  let fact: String

  init(_ fact: String) { self.fact = fact }
}

extension JSONValue {
  fileprivate func text() throws(BadValue) -> String {
    guard case .string(let text) = self, !text.utf8.contains(0) else {
      throw BadValue("has to be a string without NUL")
    }
    return text
  }

  fileprivate func texts() throws(BadValue) -> [String] {
    guard case .array(let elements) = self else { throw BadValue("has to be an array of strings") }
    return try elements.map { element throws(BadValue) in try element.text() }
  }

  /// An array of disks, each a file's name or an object with it.
  fileprivate func disks() throws(BadValue) -> [DiskSpec] {
    guard case .array(let elements) = self else {
      throw BadValue("has to be an array such as [{\"file\": \"FILE\"}]")
    }
    return try elements.map { element throws(BadValue) in
      guard case .object(let members) = element else {
        throw BadValue("has to be an array of objects such as {\"file\": \"FILE\"}")
      }
      var disk = DiskSpec(file: "")
      for member in members {
        switch member.key {
        case "file": disk.file = try member.value.text()
        case "name":
          let name = try member.value.text()
          guard DiskName(name) != nil else {
            throw BadValue(": \(DomainRules.fault(diskName: name))")
          }
          disk.name = name
        case "access":
          disk.access = try member.value.choice()
        default:
          throw BadValue("has an element with \"\(member.key)\": there are file, name and access")
        }
      }
      guard !disk.file.isEmpty else { throw BadValue("has an element without a \"file\"") }
      return disk
    }
  }

  /// An array of network interfaces, each an object.
  fileprivate func interfaces() throws(BadValue) -> [InterfaceSpec] {
    guard case .array(let elements) = self else {
      throw BadValue("has to be an array such as [{\"bridge\": \"xenbr0\"}]")
    }
    return try elements.map { element throws(BadValue) in
      guard case .object(let members) = element else {
        throw BadValue("has to be an array of objects such as {\"bridge\": \"xenbr0\"}")
      }
      var interface = InterfaceSpec()
      let known = ["bridge", "mac", "ip"]
      for member in members {
        guard known.contains(member.key) else {
          throw BadValue("has an element with \"\(member.key)\": there are bridge, mac and ip")
        }
        let text = try member.value.text()
        do throws(ToolstackError) {
          switch member.key {
          case "mac": interface.mac = try InterfaceSpec.mac(text)
          case "ip": interface.address = try InterfaceSpec.address(text)
          default: interface.bridge = try InterfaceSpec.bridge(text)
          }
        } catch {
          throw BadValue(": \(error.message)")
        }
      }
      return interface
    }
  }

  fileprivate func choice<Choice: RawRepresentable & CaseIterable>() throws(BadValue) -> Choice
  where Choice.RawValue == String {
    guard case .string(let text) = self, let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map { "\"\($0.rawValue)\"" }
      throw BadValue("has to be \(known.joined(separator: " or "))")
    }
    return choice
  }
}

/// A place in a text as people and editors count: "3:14", line and column in bytes, from 1.
struct TextPlace: CustomStringConvertible {
  let line: Int
  let column: Int

  init(offset: Int, in text: [UInt8]) {
    let before = text.prefix(offset)
    line = before.count { $0 == UInt8(ascii: "\n") } + 1
    column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
  }

  var description: String { "\(line):\(column)" }
}
