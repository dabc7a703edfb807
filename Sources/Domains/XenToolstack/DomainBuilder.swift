// SPDX-License-Identifier: Apache-2.0

public import DomainModel

/// A way to make domains, and to unmake them.
///
/// Whatever the way, the other tools see the same: `xl list` shows the domain by its name,
/// `xl console` attaches to it, `xl destroy` ends it.
public protocol DomainBuilder {
  /// Builds a domain and leaves it paused.
  ///
  /// - Throws: after removing whatever existed of the domain.
  func create(_ configuration: DomainConfiguration, image: DomainImage, uuid: DomainUUID)
    throws(ToolstackError) -> Domain

  /// Destroys a domain in any state, and returns when Xen has forgotten it.
  ///
  /// A domain that is gone already is no error.
  func destroy(_ domain: Domain) throws(ToolstackError)
}
