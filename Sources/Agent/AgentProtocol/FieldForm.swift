// SPDX-License-Identifier: Apache-2.0

import JSON

/// How values of one type look in JSON.
struct FieldForm<Value> {
  /// What a value has to be, for errors.
  let wanted: () -> String
  /// The value; nil if it is none of this form.
  let read: (JSONValue) -> Value?
  let write: (Value) -> JSONValue

  init(
    _ wanted: @autoclosure @escaping () -> String, read: @escaping (JSONValue) -> Value?,
    write: @escaping (Value) -> JSONValue
  ) {
    (self.wanted, self.read, self.write) = (wanted, read, write)
  }
}

extension FieldForm<String> {
  static var text: FieldForm {
    FieldForm("a string") {
      if case .string(let text) = $0 { text } else { nil }
    } write: {
      .string($0)
    }
  }
}

extension FieldForm<[String]> {
  static var texts: FieldForm {
    FieldForm("an array of strings") { value in
      guard case .array(let elements) = value else { return nil }
      let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
      return texts.count == elements.count ? texts : nil
    } write: {
      .array($0.map { .string($0) })
    }
  }
}

extension FieldForm<Int> {
  static var integer: FieldForm {
    FieldForm("a whole number") {
      if case .integer(let number) = $0 { number } else { nil }
    } write: {
      .integer($0)
    }
  }

  static var count: FieldForm {
    FieldForm("a whole number, 0 or more") { value in
      guard case .integer(let number) = value, number >= 0 else { return nil }
      return number
    } write: {
      .integer($0)
    }
  }
}

extension FieldForm<Bool> {
  static var flag: FieldForm {
    FieldForm("true or false") {
      if case .boolean(let flag) = $0 { flag } else { nil }
    } write: {
      .boolean($0)
    }
  }
}

extension FieldForm
where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the words of an enumeration.
  static var choice: FieldForm {
    FieldForm(WireFields.list(Value.allCases.map(\.rawValue))) { value in
      guard case .string(let word) = value else { return nil }
      return Value(rawValue: word)
    } write: {
      .string($0.rawValue)
    }
  }
}
