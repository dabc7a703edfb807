// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Holds the conversation on the standard streams; returns the exit status of the process.
func serve() -> Int32 {
  do {
    let streams = try ConversationStreams()
    let signals = try SignalQueue()
    return Agent(streams: streams, signals: signals).serve()
  } catch {
    complain("\(error.call): \(String(cString: strerror(error.code)))")
    return 71
  }
}

/// A call to the operating system that failed while the agent was starting.
struct StartError: Error {
  var call: String
  var code: Int32
}
