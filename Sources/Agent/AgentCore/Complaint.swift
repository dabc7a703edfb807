// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Writes a line to standard error; standard output belongs to the conversation.
func complain(_ text: String) {
  let line = Array("pvh-agent: \(text)\n".utf8)
  _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
