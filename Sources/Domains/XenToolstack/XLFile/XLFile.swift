// SPDX-License-Identifier: Apache-2.0

import CLibxlLoader
import CXenLight
import Glibc
import XenDomainModel

/// A file in the format of `xl`, read by xl's own library. C name: `XLU_Config`.
final class XLFile {
  /// What a setting has been set to; of several that have one name the last one counts, as for xl.
  enum Value: Equatable {
    case text(String)
    /// A list of so many elements.
    case list(Int)
  }

  /// Bytes that a file may have: far more than any domain takes to describe.
  static let sizeLimit = 64 << 10

  /// The file's name for messages.
  let name: String
  /// What may be the names of its settings, and those only.
  let names: XLKeys
  private let functions: pvh_xlutil
  private let configuration: OpaquePointer
  private let report: TextStream

  /// Reads the text of a file.
  ///
  /// - Throws: `ToolstackError` of the kind `.badConfiguration` with what libxlutil said.
  init(_ text: [UInt8], name: String) throws(ToolstackError) {
    guard text.count <= Self.sizeLimit else {
      throw ToolstackError(
        .badConfiguration,
        "\(name) has \(text.count) bytes: a configuration has at most \(Self.sizeLimit)")
    }
    // At a NUL inside a string the library ends the process.
    if let place = text.firstIndex(of: 0) {
      throw ToolstackError(
        .badConfiguration, "\(name) has a NUL byte at offset \(place), so it is no text")
    }
    self.name = name
    names = XLKeys(in: text)
    functions = try XLUtility().functions
    report = try TextStream()
    guard let configuration = functions.`init`(report.file, name) else {
      throw ToolstackError(call: "xlu_cfg_init")
    }
    self.configuration = configuration
    let failure = text.withUnsafeBytes { bytes in
      functions.read(
        configuration, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
    }
    guard failure == 0 else {
      let hint =
        text.contains(UInt8(ascii: "\r")) ? ": it has carriage returns, which xl does not take" : ""
      throw ToolstackError(
        .badConfiguration, "\(name) breaks the rules of xl's configurations" + hint,
        log: report.takeLines().map { Self.corrected($0, in: name) })
    }
  }

  /// A complaint of libxlutil with the line where the mistake is: about the end of a line it names the
  /// one before. Source: `xlu__cfg_yyerror` in Xen's `tools/libs/util/libxlu_cfg.c`.
  private static func corrected(_ complaint: String, in name: String) -> String {
    let place = complaint.dropFirst(name.count + 1).prefix { $0.isNumber }
    let rest = complaint[place.endIndex...]
    guard rest.hasPrefix(": config parsing error near <newline>"), let line = Int(place) else {
      return complaint
    }
    return "\(name):\(line + 1)\(rest)"
  }

  deinit {
    functions.destroy(configuration)
  }

  /// What a setting has been set to; nil if it is not in the file.
  func value(_ key: String) throws(ToolstackError) -> Value? {
    var count: Int32 = 0
    if functions.list(configuration, key, nil, &count, 1) == 0 { return .list(Int(count)) }
    var text: UnsafePointer<CChar>?
    guard functions.string(configuration, key, &text, 1) == 0, let text else { return nil }
    guard let valid = String(validatingCString: text) else { throw bad(key, "is not UTF-8") }
    return .text(valid)
  }

  /// The elements of a list of strings.
  func texts(ofList key: String, count: Int) throws(ToolstackError) -> [String] {
    var list: OpaquePointer?
    guard functions.list(configuration, key, &list, nil, 1) == 0 else { return [] }
    var texts: [String] = []
    for index in 0..<Int32(count) {
      guard let text = functions.item(list, index).flatMap({ String(validatingCString: $0) }) else {
        throw bad(key, "has an element \(index + 1) that is no string in UTF-8")
      }
      texts.append(text)
    }
    return texts
  }

  /// Lets the library read the description of a disk; false, and its complaints, if it does not take it.
  func parseDisk(_ text: String, into disk: inout pvh_xldisk) -> (Bool, complaints: [String]) {
    _ = report.takeLines()
    var functions = functions
    let isTaken = pvh_xldisk_parse(&functions, configuration, text, &disk)
    return (isTaken, report.takeLines())
  }

  /// A setting that is one word or number; nil if it is not in the file.
  func text(_ key: String) throws(ToolstackError) -> String? {
    switch try value(key) {
    case .text(let text): return text
    case .list: throw bad(key, "is a list: give it one value")
    case nil: return nil
    }
  }

  /// A setting that is a number of xl's: decimal, hexadecimal after 0x, octal after 0.
  func number(_ key: String, _ range: ClosedRange<Int>) throws(ToolstackError) -> Int? {
    guard let text = try text(key) else { return nil }
    var number = 0
    guard functions.number(configuration, key, &number, 1) == 0, range.contains(number) else {
      throw bad(
        key, "is \"\(text)\": give it a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The line on which a setting got its value; nil if it is not in the file.
  func line(_ key: String) -> Int? {
    _ = report.takeLines()
    // Asked for what the setting is not, the library complains and names the line.
    var text: UnsafePointer<CChar>?
    if functions.list(configuration, key, nil, nil, 0) == 0 {
      _ = functions.string(configuration, key, &text, 0)
    }
    guard let complaint = report.takeLines().last, complaint.hasPrefix("\(name):") else {
      return nil
    }
    return Int(complaint.dropFirst(name.count + 1).prefix { $0.isNumber })
  }

  /// An error that names the file, the line and the setting.
  func bad(_ key: String, _ fact: String) -> ToolstackError {
    let place = line(key).map { "\(name):\($0)" } ?? name
    return ToolstackError(.badConfiguration, "\(place): \(key) \(fact)")
  }
}

/// A stream in memory, to which a C library writes its messages. C name: `open_memstream`.
final class TextStream {
  let file: UnsafeMutablePointer<FILE>
  // The stream writes to both whenever it is flushed: they must not move.
  private let bytes: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: UnsafeMutablePointer<Int>

  init() throws(ToolstackError) {
    bytes = .allocate(capacity: 1)
    bytes.initialize(to: nil)
    count = .allocate(capacity: 1)
    count.initialize(to: 0)
    guard let file = open_memstream(bytes, count) else {
      let error = ToolstackError(call: "open_memstream")
      bytes.deallocate()
      count.deallocate()
      throw error
    }
    self.file = file
  }

  deinit {
    fclose(file)
    free(bytes.pointee)
    bytes.deallocate()
    count.deallocate()
  }

  /// The lines that were written since they were last taken.
  func takeLines() -> [String] {
    fflush(file)
    let text = String(
      decoding: UnsafeRawBufferPointer(start: bytes.pointee, count: count.pointee), as: UTF8.self)
    rewind(file)
    return text.split(separator: "\n").map(String.init)
  }
}

/// libxlutil, loaded: the library with which `xl` reads its files. It needs no running Xen.
struct XLUtility {
  let functions: pvh_xlutil

  /// Loads that of the running Xen; without a Xen, the newest that is there.
  init() throws(ToolstackError) {
    var functions = pvh_xlutil()
    var reasons: [String] = []
    for version in XenLibraryVersion.candidates {
      let name = "libxlutil.so.\(version)"
      if pvh_xlutil_load(&functions, name) {
        self.functions = functions
        return
      }
      reasons.append(dlerror().map { String(cString: $0) } ?? name)
    }
    throw ToolstackError(
      .xenUnavailable,
      "Xen's library libxlutil, which reads configurations of xl, cannot be loaded: "
        + (reasons.last ?? ""))
  }
}
