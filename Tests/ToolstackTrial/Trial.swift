// SPDX-License-Identifier: Apache-2.0

import AsyncToolstack
import Glibc

/// Drives guests by tasks, in a control domain; prints what came of it as one line of JSON.
@main
struct Trial {
  let toolstack: Toolstack

  static func main() async throws {
    let trial = try await Trial(toolstack: Toolstack())
    var rounds = [try await trial.round(.libxl)]
    let before = try await trial.figures()
    for _ in 0..<20 { rounds += try await [Trial(toolstack: Toolstack()).round(.xenguest)] }
    try await print("{\"rounds\": \(rounds), \"figures\": [\(before), \(trial.figures())]}")
  }

  /// What three guests printed at once, how they ended, and what came of what was cancelled.
  func round(_ loader: Toolstack.Loader) async throws -> [String] {
    func named(_ name: String) -> DomainConfiguration { .init(name: name, memoryKiB: 4096) }
    let hello = try await toolstack.create(named("hello"), image: .file("/tmp/hello"))
    let idle = try await toolstack.create(named("idle"), image: .file("/tmp/idle"))
    let echoing = Task {
      try await toolstack.withDomain(named("echo"), image: .file("/tmp/echo"), loader: loader) {
        echo in
        try await echo.unpause()
        try await echo.console.send(Array("one\n".utf8))
        _ = try await read(echo, until: "say something; \"bye\" ends it\nyou said: one\n")
        try await idle.unpause()
        return try await echo.wait()
      }
    }
    async let greeting = read(hello)
    async let idling = read(idle, until: "idle\n")
    try await hello.unpause()
    var words = try await [greeting, idling, "\(hello.wait())"]
    let waiting = Task { try await (read(idle), idle.wait()) }
    // Not without pause: each look is a question to xenstored, of which guests ask something, too.
    while try await [.running, .paused].contains(idle.statistics().state) {
      try await Task.sleep(for: .milliseconds(5))
    }
    for task in [echoing.cancel, waiting.cancel] { task() }
    words += try await ["\(echoing.result)", "\(waiting.result)", "\(idle.shutDown())"]
    for domain in [hello, idle] { try await domain.destroy() }
    return words.map { $0.replacing("domain \(hello.domain.id)", with: "domain N") }
  }

  /// Reads a console until this has come, or to its end.
  func read(_ domain: DomainHandle, until text: String? = nil) async throws -> String {
    var output = ""
    for try await bytes in domain.console {
      output += String(decoding: bytes, as: UTF8.self)
      if output == text { break }
    }
    return output
  }

  /// Xen's free memory, and this process's descriptors, a moment after the last domain has gone.
  func figures() async throws -> [Int] {
    try await Task.sleep(for: .seconds(1))
    return try await [toolstack.freeMemoryKiB, (0..<1024).count { fcntl($0, F_GETFD) >= 0 }]
  }
}
