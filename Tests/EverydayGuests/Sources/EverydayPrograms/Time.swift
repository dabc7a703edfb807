// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Lengths of time.
  public static let time = ProgramGroup(
    "time",
    [
      Program("durations", durations),
      Program("durations in order", durationsInOrder),
      Program("durations divided", durationsDivided),
    ])
}

private func durations() {
  let length = Duration.seconds(90) + .milliseconds(250) - .microseconds(5)
  print(length.components.seconds, length.components.attoseconds)
  print("\(length) \(Duration.zero) \(Duration.nanoseconds(1_500))")
  print(Duration.seconds(1.5) == .milliseconds(1500), "\(length * 2)")
}

private func durationsInOrder() {
  let lengths: [Duration] = [.seconds(1), .milliseconds(20), .microseconds(1_000_001)]
  print(lengths.sorted().map { "\($0)" }.joined(separator: " < "))
  print("\(lengths.max() ?? .zero) \(lengths.reduce(.zero, +))")
}

private func durationsDivided() {
  print("\(Duration.seconds(10) / 4)", Duration.seconds(10) / Duration.seconds(4))
  print("\(Duration(secondsComponent: 3, attosecondsComponent: 500_000_000_000_000_000))")
}
