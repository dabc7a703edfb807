// SPDX-License-Identifier: Apache-2.0

import Testing
import XenDomainModel

@Suite struct DomainDisks {
  @Test func namesAreNumbers() throws {
    #expect(DiskName.first.description == "xvda")
    #expect(DiskName.first.number == 51712)
    let last = try #require(DiskName(index: DiskName.limit - 1))
    #expect(last.description == "xvdp")
    #expect(last.number == 51952)
    for name in ["xvda", "xvdb", "xvdp"] {
      let disk = try #require(DiskName(name))
      #expect(disk.description == name)
      #expect(DiskName("\(disk.number)") == disk)
    }
  }

  @Test(arguments: [
    "", "xvd", "xvdq", "xvda1", "hda", "sda", "51713", "51968", "0", "XVDA", "xvda ",
  ])
  func isNoName(text: String) {
    #expect(DiskName(text) == nil)
  }

  @Test(arguments: [
    ("a.img", DiskSpec(file: "a.img")), ("a.img,ro", DiskSpec(file: "a.img", access: .readOnly)),
    ("a.img,xvdb", DiskSpec(file: "a.img", name: "xvdb")),
    ("/x/a,rw,51712", DiskSpec(file: "/x/a", name: "51712", access: .readWrite)),
  ])
  func areReadFromWords(text: String, spec: DiskSpec) throws {
    #expect(try DiskSpec(text) == spec)
  }

  @Test(arguments: [
    ("", "names no file"), (",ro", "names no file"), ("a,xvdz", "\"xvdz\" cannot be there"),
    ("a,", "\"\" cannot be there"), ("a,ro,rw", "\"rw\" cannot be there"),
    ("a,xvda,xvdb", "\"xvdb\" cannot be there"), ("a,b.img", "a file with a comma in its name"),
  ])
  func areNotReadFrom(text: String, words: String) {
    let error = #expect(throws: ToolstackError.self) { try DiskSpec(text) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func thoseWithoutANameGetTheFirstThatIsFree() throws {
    let disks = try [
      DiskSpec(file: "a"), DiskSpec(file: "b", name: "xvda", access: .readOnly),
      DiskSpec(file: "c"),
      DiskSpec(file: "d", name: "51792"),
    ].named()
    #expect(disks.map(\.name.description) == ["xvdb", "xvda", "xvdc", "xvdf"])
    #expect(disks.map(\.isReadOnly) == [false, true, false, false])
    #expect(disks.map(\.path) == ["a", "b", "c", "d"])
  }

  @Test func noTwoHaveOneName() {
    refusal(of: [DiskSpec(file: "a", name: "xvda"), DiskSpec(file: "b", name: "51712")]) {
      $0 == "a and b are both to be xvda: give one another name"
    }
  }

  @Test func thereAreNotTooMany() throws {
    let specs = (0..<16).map { DiskSpec(file: "\($0)") }
    #expect(try specs.named().last?.name.description == "xvdp")
    refusal(of: specs + [DiskSpec(file: "x")]) {
      $0.contains("17 disks") && $0.contains("at most 16")
    }
  }

  @Test func aPathThatXenstoreHasNoRoomForIsRefused() throws {
    let longest = DiskSpec(file: String(repeating: "x", count: DomainRules.diskPathLimit))
    #expect(try [longest].named().count == 1)
    refusal(of: [DiskSpec(file: longest.file + "x")]) { $0.contains("1025 bytes") }
    refusal(of: [DiskSpec(file: "a\0b")]) { $0.contains("no usable name") }
  }

  private func refusal(of specs: [DiskSpec], _ isRight: (String) -> Bool) {
    let error = #expect(throws: ToolstackError.self) { try specs.named() }
    #expect(error?.kind == .badConfiguration)
    #expect(error.map { isRight($0.message) } == true, "\(error?.message ?? "")")
  }
}
