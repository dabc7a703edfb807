// SPDX-License-Identifier: Apache-2.0

import ByteText
import Testing

@Suite struct ByteTextTests {
  @Test func numbersAreWritten() {
    func text(_ add: (inout [UInt8]) -> Void) -> String {
      var bytes = [UInt8](text: "=")
      add(&bytes)
      return String(decoding: bytes, as: UTF8.self)
    }
    #expect(text { $0.append(decimal: UInt64.max) } == "=18446744073709551615")
    #expect(text { $0.append(decimal: Int.min) } == "=-9223372036854775808")
    #expect(text { $0.append(decimal: 0) } == "=0")
    #expect(text { $0.append(decimal: 7 as UInt64, width: 3) } == "=007")
    #expect(text { $0.append(decimal: 1234 as UInt64, width: 3) } == "=1234")
    #expect(text { $0.append(hexadecimal: 0xAB0) } == "=ab0")
    #expect(text { $0.append(hexadecimal: 0) } == "=0")
  }

  @Test func numbersAreRead() {
    #expect([UInt8](text: "18446744073709551615").decimalValue == .max)
    for wrong in ["", "18446744073709551616", "-1", "+1", "1 ", "x", "99999999999999999999999"] {
      #expect(Array(wrong.utf8).decimalValue == nil)
    }
    #expect(ASCII.hexadecimalValue(0x46) == 15 && ASCII.hexadecimalValue(0x61) == 10)
    #expect(ASCII.hexadecimalValue(0x67) == nil && ASCII.hexadecimalValue(0x40) == nil)
  }

  @Test func textIsCompared() {
    let bytes = [UInt8](text: "Host")
    #expect(bytes.isText("Host") && !bytes.isText("host") && !bytes.isText("Hos"))
    #expect(bytes.isTextIgnoringCase("host") && !bytes.isTextIgnoringCase("hosts"))
    #expect(!([0x5B] as [UInt8]).isTextIgnoringCase("{"), "only letters have another case")
    #expect(([] as [UInt8]).isText(""))
  }
}
