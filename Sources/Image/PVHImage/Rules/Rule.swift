// SPDX-License-Identifier: Apache-2.0

/// A rule that an image may break: its name, what each launcher makes of that, where it comes from, and
/// the check.
///
/// Everything about a rule stands in one place, its entry in one of the files beside this one. To add a
/// rule, write the entry and name it in the list at the top of that file; `docs/image-rules.md` is made
/// from the entries.
public final class Rule: Sendable {
  /// Stable: programs compare it, and its meaning never changes.
  public let name: String
  /// The place in the sources of Xen or QEMU, or the document.
  public let source: String
  /// What to change, if a finding does not know better: one sentence or two.
  public let remedy: String
  let check: Check
  private let xl: Effect?
  private let qemu: Effect?
  private let dom0: Effect?

  /// An entry; the effect is nil where the launcher does not care.
  init(
    _ name: String, xl: Effect?, qemu: Effect?, dom0: Effect?, source: String, remedy: String,
    check: Check
  ) {
    self.name = name
    self.xl = xl
    self.qemu = qemu
    self.dom0 = dom0
    self.source = source
    self.remedy = remedy
    self.check = check
  }

  /// What the launcher makes of an image that breaks the rule; nil if it does not care.
  public func effect(for launcher: Launcher) -> Effect? {
    switch launcher {
    case .xl: xl
    case .qemu: qemu
    case .dom0: dom0
    }
  }

  /// All rules, by what they are about.
  public static let groups: [(title: String, rules: [Rule])] = [
    ("The file cannot be read", unreadable), ("The file as a whole", file),
    ("The entry and its note", entry), ("Other notes", notes), ("Segments", segments),
    ("This project's manifest", manifest), ("QEMU's -kernel", qemu), ("Linking", linking),
    ("What this project's linker script makes", noteAsLinked + symbolsAsLinked),
    ("Image, modules and memory together", domain),
  ]

  /// Every rule once.
  public static let all = groups.flatMap(\.rules)
}

extension Rule: Hashable, CustomStringConvertible {
  /// Two rules are the same if their names are.
  public static func == (one: Rule, other: Rule) -> Bool { one.name == other.name }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The name.
  public var description: String { name }
}

extension Rule {
  /// What is looked at for a rule.
  enum Check: Sendable {
    /// The reader reports it, as an error or as one of the image's `findingsWhileReading`.
    case whileReading
    case image(@Sendable (PVHImage) -> [Violation])
    /// Each program header by itself.
    case programHeader(@Sendable (PVHImage, ProgramHeader) -> Violation?)
    /// Each feature that a FEATURES note requires.
    case requiredFeature(@Sendable (RequiredFeature) -> Violation?)
    case domain(@Sendable (PVHImage, IntendedDomain) -> [Violation])
  }
}

/// A place where an image breaks a rule.
struct Violation {
  let message: String
  let offset: UInt64?
  /// What to change, if it is not what the rule says.
  let remedy: String?

  init(_ message: String, at offset: UInt64? = nil, remedy: String? = nil) {
    self.message = message
    self.offset = offset
    self.remedy = remedy
  }
}
