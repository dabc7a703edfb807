// SPDX-License-Identifier: Apache-2.0

extension ProgramHeader {
  /// A field of the table entry, to say at which file offset a wrong value stands.
  enum Field {
    case flags
    case fileOffset
    case physicalAddress
    case fileSize
    case memorySize
    case alignment

    func offset(in elfClass: ELFClass) -> UInt64 {
      switch (self, elfClass) {
      case (.flags, .bits64): 4
      case (.fileOffset, .bits64): 8
      case (.physicalAddress, .bits64): 24
      case (.fileSize, .bits64): 32
      case (.memorySize, .bits64): 40
      case (.fileOffset, .bits32): 4
      case (.physicalAddress, .bits32): 12
      case (.fileSize, .bits32): 16
      case (.memorySize, .bits32): 20
      case (.flags, .bits32): 24
      case (.alignment, .bits64): 48
      case (.alignment, .bits32): 28
      }
    }
  }

  /// The name people see: the type and the position in the table.
  var label: String {
    let kind =
      switch type {
      case .load: "PT_LOAD"
      case .note: "PT_NOTE"
      case .dynamic: "PT_DYNAMIC"
      case .interpreter: "PT_INTERP"
      default: "segment of type \(hex(UInt64(type.rawValue)))"
      }
    return "\(kind) #\(index)"
  }
}
