// SPDX-License-Identifier: Apache-2.0

import EverydayC

extension Subject {
  /// Programs in C, with the C library.
  public static let cLibrary = Subject(
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
    ])
}
