// SPDX-License-Identifier: Apache-2.0
//
// The programs of EverydayGuests on the host: all, or those of the subjects that the arguments name.
import EverydayPrograms

let wanted = CommandLine.arguments.dropFirst()
for subject in ProgramGroup.all where wanted.isEmpty || wanted.contains("\(subject.name)") {
  subject.run()
}
