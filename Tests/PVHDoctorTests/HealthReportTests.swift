// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import PVHDoctor
import SystemPackage
import Testing
import XenLab

@Suite struct HealthReportTests {
  @Test func findsNothingWrongWithAHealthyMachine() {
    let examination = HealthReport(FakeHost())
    let diagnoses = examination.parts.flatMap(\.diagnoses)
    #expect(diagnoses.count == 22)
    for diagnosis in diagnoses {
      #expect(diagnosis.state == .works, "\(diagnosis)")
      #expect(diagnosis.remedy == nil)
    }
    #expect(examination.isFit)
    #expect(examination.places == ["local", "lab"])
    #expect(
      examination.verdict == "Guests can be built, and run here (--on local, --on lab).")
  }

  @Test(arguments: Defect.all)
  func saysWhatIsWrongAndHowToMendIt(_ defect: Defect) throws {
    let diagnoses = HealthReport(defect.machine).parts.flatMap(\.diagnoses)
    let line = try #require(diagnoses.first { $0.topic == defect.topic })
    #expect(line.state == defect.state)
    #expect(line.fact.contains(defect.fact), "\(line.fact)")
    if let remedy = defect.remedy {
      #expect(line.remedy?.contains(remedy) == true, "\(line)")
    } else {
      #expect(line.remedy == nil)
    }
  }

  /// What `pvh export` asks too: KVM is not to be named where it can run nothing.
  @Test func knowsTheProcessorsFlagForKVM() {
    var machine = FakeHost()
    #expect(machine.virtualisation == "svm")
    machine.texts["/proc/cpuinfo"] = "processor\t: 0\nflags\t\t: fpu vmx npt\n"
    #expect(machine.virtualisation == "vmx")
    machine.texts["/proc/cpuinfo"] = "processor\t: 0\nflags\t\t: fpu svmx\nother\t: vmx\n"
    #expect(machine.virtualisation == nil)
  }

  /// A line that nothing breaks would be a line that says nothing.
  @Test func everyLineHasABadCase() {
    let topics = Set(HealthReport(FakeHost()).parts.flatMap(\.diagnoses).map(\.topic))
    #expect(topics == Set(Defect.all.map(\.topic)))
  }

  /// What cannot be done on a machine where the line of a topic is broken.
  private static let stopped: [String: Set<String>] = [
    "processor": ["build", "local", "lab"], "Swift": ["build"], "Embedded Swift": ["build"],
    "C library": ["build"], "linker": ["build"], "control domain": ["local"],
    "loaders": ["local"],
    "privileges": ["local"], "xenstore": ["local"], "consoles": ["local"], "agent": ["lab"],
    "QEMU": ["lab"], "memory": ["lab"], "tools": ["lab"], "disk": ["lab"], "template": ["lab"],
  ]

  /// The same for lines that are not broken themselves.
  private static let missing: [String: Set<String>] = [
    // For want of QEMU.
    "KVM: not tried": ["lab"], "control domain: a guest of Xen": ["local"],
  ]

  @Test(arguments: Defect.all)
  func oneDefectStopsOnlyWhatNeedsIt(_ defect: Defect) throws {
    let topic = defect.topic.hasPrefix("template") ? "template" : defect.topic
    let stopped =
      defect.state == .broken
      ? try #require(Self.stopped[topic]) : Self.missing[defect.testDescription] ?? []
    let whole = HealthReport(defect.hasXen ? FakeHost() : .withoutXen)
    let report = HealthReport(defect.machine)
    #expect(whole.canBuild)
    #expect(report.canBuild == !stopped.contains("build"))
    #expect(Set(report.places) == Set(whole.places).subtracting(stopped))
  }

  @Test func aMachineWithoutXenHasItsLab() {
    let examination = HealthReport(FakeHost.withoutXen)
    #expect(examination.isFit)
    #expect(examination.places == ["lab"])
  }

  @Test func withoutXenAndLabGuestsRunNowhere() {
    var machine = FakeHost.withoutXen
    machine.templates = [:]
    let examination = HealthReport(machine)
    #expect(!examination.isFit)
    #expect(examination.verdict == "Guests can be built, but run nowhere.")
    machine.programs["swift"] = nil
    #expect(HealthReport(machine).verdict == "Guests can neither be built nor run.")
    machine.templates = FakeHost().templates
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
    var machine = FakeHost.withoutXen
    machine.agent = nil
    let data = try JSONEncoder().encode(HealthReport(machine))
    let read = try JSONDecoder().decode(Read.self, from: data)
    #expect(!read.fit && read.canBuild && read.places.isEmpty)
    #expect(read.parts.map(\.title) == ["machine", "Xen", "lab", "building"])
    let line = try #require(read.parts[2].diagnoses.first)
    #expect(line.topic == "agent" && line.state == "broken" && line.remedy != nil)
  }
}
