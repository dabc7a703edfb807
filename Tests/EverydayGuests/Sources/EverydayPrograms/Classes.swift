// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Objects: inheritance, lifetime, references.
  public static let classes = ProgramGroup(
    "classes",
    [
      Program("inheritance", inheritance),
      Program("lifetime", lifetime),
      Program("a linked list", linkedList),
      Program("a tree", tree),
      Program("identity", identity),
      Program("a reference back", referenceBack),
      Program("protocols of classes", protocolsOfClasses),
      Program("deep recursion", deepRecursion),
    ])
}

private class Shape {
  let name: String
  init(name: String) { self.name = name }
  var area: Double { 0 }
  func describe() -> String { "\(name) of \(area)" }
}

private final class Square: Shape {
  private let side: Double
  init(side: Double) {
    self.side = side
    super.init(name: "square")
  }
  override var area: Double { side * side }
}

private final class Circle: Shape {
  private let radius: Double
  init(radius: Double) {
    self.radius = radius
    super.init(name: "circle")
  }
  override var area: Double { radius * radius * 3 }
  override func describe() -> String { "round " + super.describe() }
}

private func inheritance() {
  let shapes: [Shape] = [Square(side: 2), Circle(radius: 1), Shape(name: "nothing")]
  for shape in shapes { print(shape.describe()) }
  print(shapes.reduce(0) { $0 + $1.area })
}

private final class Noisy {
  let number: Int
  init(_ number: Int) {
    self.number = number
    print("made \(number)")
  }
  deinit { print("unmade \(number)") }
}

private func lifetime() {
  var first: Noisy? = Noisy(1)
  let second = first
  first = nil
  print("still \(second?.number ?? 0)")
  var many = (2...4).map { Noisy($0) }
  many.removeFirst()
  print(many.count)
  do { _ = Noisy(5) }
  withExtendedLifetime(second) { print("end") }
}

private final class ListNode {
  let value: Int
  var next: ListNode?
  init(_ value: Int, _ next: ListNode?) {
    self.value = value
    self.next = next
  }
}

private func linkedList() {
  var head: ListNode?
  for number in 1...5 { head = ListNode(number, head) }
  var reversed: ListNode?
  while let node = head {
    head = node.next
    node.next = reversed
    reversed = node
  }
  var line = ""
  var node = reversed
  while let current = node {
    line += "\(current.value) "
    node = current.next
  }
  print(line)
}

private final class Tree {
  let key: Int
  private var left, right: Tree?
  init(_ key: Int) { self.key = key }

  func insert(_ new: Int) {
    if new < key {
      if let left { left.insert(new) } else { left = Tree(new) }
    } else {
      if let right { right.insert(new) } else { right = Tree(new) }
    }
  }

  var depth: Int { 1 + max(left?.depth ?? 0, right?.depth ?? 0) }

  func walk(_ visit: (Int) -> Void) {
    left?.walk(visit)
    visit(key)
    right?.walk(visit)
  }
}

private func tree() {
  let root = Tree(50)
  for number in 1...100 where number != 50 { root.insert(number * 37 % 101) }
  var keys: [Int] = []
  root.walk { keys.append($0) }
  print(keys.count, root.depth, keys == keys.sorted())
}

private func identity() {
  let one = ListNode(1, nil)
  let two = ListNode(1, nil)
  let same = one
  print(one === same, one === two, one !== two)
  print(ObjectIdentifier(one) == ObjectIdentifier(same))
}

private final class Owner {
  let name = "owner"
  var pet: Pet?
}

private final class Pet {
  unowned(unsafe) let owner: Owner
  init(owner: Owner) { self.owner = owner }
  deinit { print("the pet is gone") }
}

private func referenceBack() {
  let owner = Owner()
  owner.pet = Pet(owner: owner)
  print(owner.pet?.owner.name ?? "none")
}

private protocol Nameable: AnyObject {
  var name: String { get }
}

extension Shape: Nameable {}

extension Nameable {
  fileprivate var greeting: String { "hello, \(name)" }
}

private func protocolsOfClasses() {
  func greet(_ named: some Nameable) { print(named.greeting) }
  greet(Square(side: 1))
  greet(Circle(radius: 1))
}

private func deepRecursion() {
  func depth(_ number: Int) -> Int { number == 0 ? 0 : 1 + depth(number - 1) }
  func ackermann(_ m: Int, _ n: Int) -> Int {
    if m == 0 { return n + 1 }
    return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1))
  }
  print(depth(2000), ackermann(2, 300))
}
