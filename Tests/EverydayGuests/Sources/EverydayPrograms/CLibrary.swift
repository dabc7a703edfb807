// SPDX-License-Identifier: Apache-2.0

import EverydayC
import GuestC

extension ProgramGroup {
  /// Programs in C, with the C library.
  public static let cLibrary = ProgramGroup(
    "c-library",
    [
      Program("string.h") { c_strings() },
      Program("stdlib.h") { c_numbers() },
      Program("stdio.h") { c_formats() },
      Program("stdio.h, memory streams") { c_streams() },
      Program("math.h") { c_mathematics() },
      Program("ctype.h and inttypes.h") { c_characters() },
      Program("setjmp.h") { c_jumps() },
      Program("time.h") { c_calendar() },
      Program("both languages") {
        print("Swift, ", terminator: "")
        c_say("C, ")
        print("Swift")
      },
      Program("C, called by Swift", calledBySwift),
    ])
}

private func calledBySwift() {
  print((sin(1) * 1e6).rounded(), pow(2, 0.5), atan2(1, 1) * 4, fmod(7.5, 2), hypot(3, 4))
  print(strlen("text"), strcmp("a", "b") < 0, isdigit(53) != 0, toupper(97), abs(-3))
  var numbers: [Int32] = [3, 1, 2]
  qsort(&numbers, numbers.count, MemoryLayout<Int32>.size) { left, right in
    guard let left, let right else { return 0 }
    return left.load(as: Int32.self) - right.load(as: Int32.self)
  }
  print(numbers[0], numbers[1], numbers[2])
  guard let memory = malloc(16) else { return }
  memset(memory, 7, 16)
  print(memory.load(fromByteOffset: 15, as: UInt8.self))
  free(memory)
}
