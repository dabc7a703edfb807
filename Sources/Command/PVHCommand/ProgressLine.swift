// SPDX-License-Identifier: Apache-2.0

import XenLab

/// A preparation's progress: one line drawn over and over on a terminal, one line a step elsewhere.
final class ProgressLine {
  private var shown = ""
  private var lastStep: PreparationProgress.Step?

  /// Shows where a preparation is.
  func show(_ progress: PreparationProgress) {
    let title = "[\(progress.number)/\(progress.count)] \(progress.step)"
    if Terminal.isInteractive {
      draw(title + detail(progress))
    } else if progress.step != lastStep {
      Terminal.complain(title)
    }
    lastStep = progress.step
  }

  /// Leaves the last line standing.
  func finish() {
    if !shown.isEmpty { Terminal.complain("") }
    shown = ""
  }

  private func detail(_ progress: PreparationProgress) -> String {
    var text = ""
    if let fraction = progress.fraction { text += "  \(Int(fraction * 100)) %" }
    if let done = progress.bytesDone {
      text += "  \(Terminal.size(done))"
      if let total = progress.bytesTotal { text += " of \(Terminal.size(total))" }
    }
    return text
  }

  private func draw(_ text: String) {
    guard text != shown else { return }
    shown = text
    // Back to the start of the line; what an older, longer text left is cleared.
    Terminal.draw("\r\(text)\u{1b}[K")
  }
}
