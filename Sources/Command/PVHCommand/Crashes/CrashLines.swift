// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// A crash report's addresses in words: functions, files and lines.
struct CrashLines {
  /// A line for each function that was under way, the innermost first; or why there are none.
  let lines: [String]
  /// Whether the functions are named.
  let isComplete: Bool
  /// Why the guest crashed: what the check was about that failed, such as "Index out of range", as the
  /// compiler noted it, or what the guest said.
  private(set) var reason: String

  /// More callers than this say nothing new, and all alike are said once.
  private static let limit = 40

  /// Names what a report has.
  ///
  /// - Parameters:
  ///   - report: what the guest printed.
  ///   - program: the linked program; nil to look for it by the report's identity.
  ///   - image: the image that was run, if it is known.
  /// - Throws: `Problem` if the program is another one, or a tool cannot be run.
  init(_ report: ParsedCrashReport, program: FilePath? = nil, image: FilePath? = nil)
    throws(Problem)
  {
    reason = report.reason
    guard let identity = report.image else {
      lines = ["the report has no line \"image\", so its program cannot be told: it was cut"]
      isComplete = false
      return
    }
    let found: FilePath
    if let program {
      guard try ProgramStore.identity(of: program) == identity else {
        throw Problem(
          "\(program) is another build than the one that crashed: give the program of that build",
          status: .usage)
      }
      found = program
    } else if let stored = ProgramStore.standard.program(identity, image: image) {
      found = stored
    } else {
      let neighbour = image.map(ProgramStore.place).flatMap { File.exists($0) ? $0 : nil }
      lines =
        [
          "the program with its symbols is not here; pvh symbolize names the functions where it was built"
        ] + [neighbour.map { "\($0) is of another build" }].compactMap(\.self)
      isComplete = false
      return
    }
    // A caller goes on behind its call.
    let addresses =
      (report.instruction.map { [$0] } ?? []) + report.callers.map { $0 == 0 ? 0 : $0 - 1 }
    isComplete = true
    var names = try Self.names(of: addresses, in: found)
    if let first = names.first, let start = first.firstRange(of: Self.failureMark) {
      let rest = first[start.upperBound...]
      reason = String(rest[..<(rest.firstRange(of: " in ")?.lowerBound ?? rest.endIndex)])
      names.removeFirst()
    }
    // What calls the program is the same in all guests.
    let end = names.firstIndex { $0.contains("Appliance.runToEnd()") } ?? names.endIndex
    lines = Self.folded(names[..<end]).prefix(Self.limit).map(\.self)
  }

  /// The name of a function that the compiler makes up for a check that fails.
  private static let failureMark = "Swift runtime failure: "

  /// Asks the toolchain's own tools. An address in a function that was inlined has several names.
  private static func names(
    of addresses: [UInt64], in program: FilePath
  ) throws(Problem) -> [String] {
    let output = try SwiftTool.text(
      "llvm-symbolizer",
      ["--obj=\(program)", "--functions=linkage", "--inlines", "--output-style=LLVM"]
        + addresses.map { "0x\(String($0, radix: 16))" })
    // For each function its name and its place, and an empty line behind each address.
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false).filter {
      !$0.isEmpty
    }
    var frames: [(name: String, place: String)] = []
    for index in stride(from: 0, to: lines.count - 1, by: 2) {
      frames.append((String(lines[index]), String(lines[index + 1])))
    }
    guard !frames.isEmpty else { return [] }
    let demangled = try SwiftTool.text(
      "swift-demangle", ["--compact", "--simplified"] + frames.map(\.name)
    ).split(separator: "\n", omittingEmptySubsequences: false)
    return zip(frames, demangled).compactMap { frame, name in
      // What nothing is known of says nothing.
      if frame.name == "??" { return nil }
      let plain = name.hasPrefix("specialized ") ? name.dropFirst("specialized ".count) : name[...]
      return "\(plain)\(Self.place(frame.place))"
    }
  }

  /// "/home/me/web/Sources/web/Web.swift:4:9" as " at Web.swift:4"; nothing for a line that is unknown.
  private static func place(_ text: String) -> String {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, let line = Int(parts[parts.count - 2]),
      let file = parts[0].split(separator: "/").last, file != "<compiler-generated>", file != "??"
    else { return "" }
    return line == 0 ? " in \(file)" : " at \(file):\(line)"
  }

  /// The same function many times in a row, which is how a stack overflows, in one line.
  private static func folded(_ lines: ArraySlice<String>) -> [String] {
    var result: [(line: String, count: Int)] = []
    for line in lines {
      if result.last?.line == line {
        result[result.count - 1].count += 1
      } else {
        result.append((line, 1))
      }
    }
    return result.map { $0.count > 2 ? "\($0.line), \($0.count) times" : $0.line }
  }
}

extension Problem {
  /// A guest's crash with what it has said, and with names as far as they are known.
  init(_ report: ParsedCrashReport, image: FilePath? = nil) {
    do throws(Problem) {
      let named = try CrashLines(report, image: image)
      self.init("the guest crashed: \(named.reason)", status: .crashed, details: named.lines)
    } catch {
      self.init(
        "the guest crashed: \(report.reason)", status: .crashed,
        details: ["its functions cannot be named: \(error.message)"])
    }
  }
}
