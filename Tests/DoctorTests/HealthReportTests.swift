// SPDX-License-Identifier: Apache-2.0
import Doctor
import FoundationEssentials
import SystemPackage
import Testing
import XenLab

@Suite struct HealthReportTests {
  @Test func findsNothingWrongWithAHealthyMachine() {
    let examination = HealthReport(FakeMachine())
    let diagnoses = examination.parts.flatMap(\.diagnoses)
    #expect(diagnoses.count == 21)
    for diagnosis in diagnoses {
      #expect(diagnosis.state == .works, "\(diagnosis)")
      #expect(diagnosis.remedy == nil)
    }
    #expect(examination.isFit)
    #expect(examination.places == ["local", "lab"])
    #expect(
      examination.verdict == "Guests can be built, and run here (--on local, --on lab).")
  }

  @Test(arguments: Ailment.all)
  func saysWhatIsWrongAndHowToMendIt(_ ailment: Ailment) throws {
    let diagnoses = HealthReport(ailment.machine).parts.flatMap(\.diagnoses)
    let line = try #require(diagnoses.first { $0.topic == ailment.topic })
    #expect(line.state == ailment.state)
    #expect(line.fact.contains(ailment.fact), "\(line.fact)")
    if let remedy = ailment.remedy {
      #expect(line.remedy?.contains(remedy) == true, "\(line)")
    } else {
      #expect(line.remedy == nil)
    }
  }

  /// What `pvh export` asks too: KVM is not to be named where it can run nothing.
  @Test func knowsTheProcessorsFlagForKVM() {
    var machine = FakeMachine()
    #expect(machine.virtualisation == "svm")
    machine.texts["/proc/cpuinfo"] = "processor\t: 0\nflags\t\t: fpu vmx npt\n"
    #expect(machine.virtualisation == "vmx")
    machine.texts["/proc/cpuinfo"] = "processor\t: 0\nflags\t\t: fpu svmx\nother\t: vmx\n"
    #expect(machine.virtualisation == nil)
  }

  /// A line that nothing breaks would be a line that says nothing.
  @Test func everyLineHasABadCase() {
    let topics = Set(HealthReport(FakeMachine()).parts.flatMap(\.diagnoses).map(\.topic))
    #expect(topics == Set(Ailment.all.map(\.topic)))
  }

  @Test(arguments: Ailment.all)
  func oneAilmentStopsOnlyWhatNeedsIt(_ ailment: Ailment) {
    let examination = HealthReport(ailment.machine)
    let isBroken = ailment.state == .broken
    let buildTopics = ["Swift", "Embedded Swift", "linker"]
    #expect(
      examination.canBuild
        != (isBroken && (buildTopics + ["processor"]).contains(ailment.topic)))
    let isOfXen = ["control domain", "Xen libraries", "privileges", "xenstore", "consoles"]
      .contains(ailment.topic)
    let isOfLab =
      ["agent", "QEMU", "memory", "tools", "disk"].contains(ailment.topic)
      || ailment.topic.hasPrefix("template")
    if isBroken && ailment.topic != "processor" {
      #expect(examination.places.contains("local") == !isOfXen)
      #expect(examination.places.contains("lab") == !isOfLab)
    }
  }

  @Test func aMachineWithoutXenHasItsLab() {
    let examination = HealthReport(FakeMachine.withoutXen)
    #expect(examination.isFit)
    #expect(examination.places == ["lab"])
  }

  @Test func withoutXenAndLabGuestsRunNowhere() {
    var machine = FakeMachine.withoutXen
    machine.templates = [:]
    let examination = HealthReport(machine)
    #expect(!examination.isFit)
    #expect(examination.verdict == "Guests can be built, but run nowhere.")
    machine.programs["swift"] = nil
    #expect(HealthReport(machine).verdict == "Guests can neither be built nor run.")
    machine.templates = FakeMachine().templates
    #expect(HealthReport(machine).verdict == "Guests cannot be built, but run here (--on lab).")
    #expect(!HealthReport(machine).isFit)
  }

  @Test func jsonHasTheVerdictAndTheLines() throws {
    struct Read: Decodable {
      struct Part: Decodable {
        var title: String
        var diagnoses: [Line]
      }
      struct Line: Decodable {
        var topic, state, fact: String
        var remedy: String?
      }
      var fit, canBuild: Bool
      var places: [String]
      var parts: [Part]
    }
    var machine = FakeMachine.withoutXen
    machine.agent = nil
    let data = try JSONEncoder().encode(HealthReport(machine))
    let read = try JSONDecoder().decode(Read.self, from: data)
    #expect(!read.fit && read.canBuild && read.places.isEmpty)
    #expect(read.parts.map(\.title) == ["machine", "Xen", "lab", "building"])
    let line = try #require(read.parts[2].diagnoses.first)
    #expect(line.topic == "agent" && line.state == "broken" && line.remedy != nil)
  }
}
