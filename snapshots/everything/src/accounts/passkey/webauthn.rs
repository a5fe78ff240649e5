//! The library that makes the challenges and verifies what was signed (`webauthn-rs`), as far as it is used here.

pub use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{
        AuthenticationResult, CreationChallengeResponse, Credential, CredentialID,
        DiscoverableAuthentication, Passkey as WebauthnPasskey, PasskeyRegistration,
        PublicKeyCredential, RegisterPublicKeyCredential, RequestChallengeResponse, SecurityKey,
        SecurityKeyAuthentication, SecurityKeyRegistration, Uuid, WebauthnResult,
    },
};
pub use webauthn_rs_proto::{
    AllowCredentials, RegisteredExtensions, ResidentKeyRequirement, UserVerificationPolicy,
};
