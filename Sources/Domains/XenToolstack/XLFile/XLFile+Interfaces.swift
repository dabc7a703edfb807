// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

extension XLFile {
  /// The network interfaces. Source: xl-network-configuration(5); xl reads them itself, libxlutil has no
  /// function for it.
  func interfaces() throws(ToolstackError) -> [InterfaceSpec] {
    guard let value = try value("vif") else { return [] }
    guard case .list(let count) = value else {
      throw bad("vif", "is no list: write vif = [ \"...\" ]")
    }
    var interfaces: [InterfaceSpec] = []
    for text in try texts(ofList: "vif", count: count) { interfaces.append(try interface(text)) }
    do throws(ToolstackError) {
      _ = try interfaces.settled()
    } catch {
      throw bad("vif", "cannot be: \(error.message)")
    }
    return interfaces
  }

  private func interface(_ text: String) throws(ToolstackError) -> InterfaceSpec {
    var interface = InterfaceSpec()
    func refuse(_ fact: String) -> ToolstackError { bad("vif", "has \"\(text)\": \(fact)") }
    for part in text.split(separator: ",") {
      let word = Self.trimmed(part)
      guard let sign = word.firstIndex(of: "=") else {
        if word.isEmpty { continue }
        throw refuse("\"\(word)\" has no value; write it as in mac=00:16:3e:12:34:56,bridge=xenbr0")
      }
      let (key, value) = (
        Self.trimmed(word[..<sign]), Self.trimmed(word[word.index(after: sign)...])
      )
      do throws(ToolstackError) {
        switch key {
        case "bridge": interface.bridge = try InterfaceSpec.bridge(value)
        case "mac": interface.mac = try InterfaceSpec.mac(value)
        case "ip": interface.address = try InterfaceSpec.address(value)
        case "type" where value == "vif": break
        case "type":
          throw ToolstackError(
            .badConfiguration,
            "the type \"\(value)\" is for guests with emulated devices; remove it")
        default:
          throw ToolstackError(
            .badConfiguration,
            "pvh understands mac, bridge, ip and type, not \(key); remove it, or use xl")
        }
      } catch {
        throw refuse(error.message)
      }
    }
    return interface
  }

  private static func trimmed(_ text: Substring) -> String { trimmed(String(text)) }

  private static func trimmed(_ text: String) -> String {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
