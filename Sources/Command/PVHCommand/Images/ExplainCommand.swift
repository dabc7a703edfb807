// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PVHImage
import SystemPackage

/// `pvh explain`: what an error of Xen's tools means, and what to do.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Says what an error of xl, libxl, libxenguest, QEMU or Xen's log means.",
    discussion: """
      The text comes from the arguments, or from standard input. With an image, it is said which \
      fault of the image led to the error.

      Exit statuses: 0 something was explained, 1 nothing known was in the text.

      Examples:
        xl create web.cfg 2>&1 | pvh explain --image web.elf
        pvh explain "xc_dom_find_loader: no loader found"
        xl dmesg | pvh explain
      """)

  @Argument(help: "The text.")
  var text: [String] = []

  @Option(help: "The image that it is about.", completion: .file())
  var image: String?

  /// More of a log than this is not read.
  private static let limit = 16 << 20

  func run() throws {
    let image = try image.map { try CheckedImage($0) }
    let explanations = Explanation.of(
      text.isEmpty ? try StandardInput.text(limit: Self.limit) : text.joined(separator: " "))
    for line in explanations.flatMap({ $0.lines(image) }) { try Terminal.write(line) }
    guard explanations.isEmpty else { return }
    Terminal.complain("pvh: nothing in the text is known to pvh explain")
    if let image { for line in image.checked.lines(notes: false) { try Terminal.write(line) } }
    throw ExitCode(1)
  }
}

/// An image to explain errors by, or why it is none.
private enum CheckedImage {
  case image(PVHImage)
  case unreadable(ImageError, path: String)

  init(_ path: String) throws {
    do throws(ImageError) {
      self = .image(try PVHImage(contentsOf: path, symbols: true))
    } catch {
      // That the file is no image may well be the cause; that it is not there is a mistake.
      if error.finding.rule == .missingFile { throw Problem(error) }
      self = .unreadable(error, path: path)
    }
  }

  /// What `pvh check` says of it.
  var checked: CheckedFile {
    switch self {
    case .image(let image): CheckedFile(image, [.xl], memoryKiB: nil)
    case .unreadable(let error, let path): CheckedFile(error, file: path)
    }
  }
}

extension Explanation {
  /// The line, who says it, what it means, what to do, and the image's part in it.
  fileprivate func lines(_ image: CheckedImage?) -> [String] {
    var lines = [
      line.printable, "  says     \(message.speaker.rawValue)", "  means    \(message.meaning)",
      "  do       \(message.remedy)",
    ]
    if hasStaleError { lines.append("  ignore   what stands behind the last colon") }
    switch image {
    case .none: break
    case .unreadable(let error, _): lines += Self.cause(error.finding, error.file)
    case .image(let image):
      let causes = causes(in: image)
      lines += causes.flatMap { Self.cause($0, image.file) }
      if message.causes.contains(.memoryTooSmall), let need = image.memoryNeed() {
        lines.append(
          "  cause    \(image.file) needs \(need.kibibytes) KiB at least without modules, which xl counts as "
            + "\(need.mebibytes) MiB; \(image.usualMemory()) MiB are usual")
      } else if causes.isEmpty {
        lines.append("  cause    nothing is known of \(image.file) that would lead to this")
      }
    }
    return lines + [""]
  }

  private static func cause(_ finding: Finding, _ file: String) -> [String] {
    ["  cause    \(finding.description(file: file)) [\(finding.rule.name)]"]
  }
}
