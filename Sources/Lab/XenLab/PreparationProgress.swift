// SPDX-License-Identifier: Apache-2.0

/// How far a preparation is; the caller renders it.
public struct PreparationProgress: Equatable, Sendable {
  /// The steps of a preparation, in their order.
  public enum Step: Int, CaseIterable, Sendable {
    /// Another process prepares at the moment; this one waits for it.
    case waiting
    /// APT reads what its sources offer.
    case resolving
    /// The packages come from the mirror, or are found in the cache.
    case downloading
    /// The files that dom0 needs are taken out of the packages.
    case unpacking
    /// Xen and dom0 boot in QEMU.
    case booting
    /// Memory and device state are written down.
    case saving
  }

  /// What is being done.
  public var step: Step
  /// Number of this step, from 1.
  public var number: Int
  /// Number of steps.
  public var count: Int
  /// Done part of this step, 0...1, if it can be told.
  public var fraction: Double?
  /// Bytes handled so far, if the step handles bytes.
  public var bytesDone: Int?
  /// Bytes to handle, if known.
  public var bytesTotal: Int?

  /// Describes a moment of a step.
  public init(step: Step, fraction: Double? = nil, bytesDone: Int? = nil, bytesTotal: Int? = nil) {
    self.step = step
    // Waiting comes before the numbered steps and is usually skipped.
    number = max(step.rawValue, 1)
    count = Step.allCases.count - 1
    self.fraction = fraction
    self.bytesDone = bytesDone
    self.bytesTotal = bytesTotal
  }
}

extension PreparationProgress.Step: CustomStringConvertible {
  /// The step in words.
  public var description: String {
    switch self {
    case .waiting: "waiting for another preparation"
    case .resolving: "reading package lists"
    case .downloading: "downloading packages"
    case .unpacking: "unpacking"
    case .booting: "booting Xen"
    case .saving: "saving the template"
    }
  }
}
