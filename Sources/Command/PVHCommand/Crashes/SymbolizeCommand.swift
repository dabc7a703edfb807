// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SystemPackage

/// `pvh symbolize`: a crash report with names.
struct SymbolizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "symbolize",
    abstract: "Names the functions, files and lines of a guest's crash report.",
    discussion: """
      The report comes from a file, or from standard input; other lines around it do no harm. Its program \
      is found by the line "image", if pvh build made it on this machine.

      Exit statuses: 0 the functions are named, 1 there is no report, or no program for it.

      Examples:
        pvh logs web | pvh symbolize
        pvh symbolize report.txt --program .build/pvh/web.elf
      """)

  @Argument(help: "The file with the report; standard input without it.", completion: .file())
  var file: String?

  @Option(help: "The program with its symbols: .build/pvh/NAME.elf.", completion: .file())
  var program: String?

  /// More of a log than this is not read.
  private static let limit = 16 << 20

  func run() throws {
    let text =
      if let file {
        String(decoding: try File.read(FilePath(file), limit: Self.limit), as: UTF8.self)
      } else {
        try StandardInput.text(limit: Self.limit)
      }
    guard let report = ParsedCrashReport(in: text) else {
      throw Problem(
        "there is no crash report: none of the lines has \"\(ParsedCrashReport.mark)…\"",
        status: ExitStatus(rawValue: 1))
    }
    let named = try CrashLines(report, program: program.map { FilePath($0) })
    try Terminal.write(named.reason)
    for line in named.lines { try Terminal.write("  \(line)") }
    guard named.isComplete else { throw ExitCode(1) }
  }
}
