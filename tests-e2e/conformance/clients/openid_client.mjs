// npm openid-client 6: every flow it knows that an OAuth 2.1 provider offers.
import { createRemoteJWKSet, importJWK, jwtVerify } from 'jose';
import * as oidc from 'openid-client';

import { end, flow, must, settings, wish } from './talking.mjs';

const { clients, issuer } = settings;
const SCOPE = 'openid profile email phone offline_access';

async function proofOf(client) {
  if (client.auth === 'client_secret_basic') return oidc.ClientSecretBasic(client.secret);
  if (client.auth === 'client_secret_post') return oidc.ClientSecretPost(client.secret);
  if (client.auth === 'none') return oidc.None();
  return oidc.PrivateKeyJwt({ key: await importJWK(client.key, 'ES256'), kid: client.key.kid });
}

async function configured(client) {
  return oidc.discovery(new URL(issuer), client.id, {}, await proofOf(client), { execute: [oidc.allowInsecureRequests] });
}

async function signIn(config, client, who, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: client.redirect_uri, scope: SCOPE, state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
  });
  const { url: back } = await wish({ visit: url.href, as: who });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  if (more.max_age) checks.maxAge = Number(more.max_age);
  return oidc.authorizationCodeGrant(config, new URL(back), checks);
}

const configs = {};
const tokens = {};
for (const client of Object.values(clients)) {
  configs[client.id] = await flow(`discovery, ${client.auth}`, () => configured(client));
  tokens[client.id] = await flow(`code + PKCE + nonce + iss, ${client.auth}`, () => signIn(configs[client.id], client, 'somebody'));
}

await flow('code with max_age and prompt=consent', () => signIn(configs.public, clients.public, 'somebody', { max_age: '3600', prompt: 'consent' }));

await flow('ID token signature checked by itself', async () => {
  const config = await configured(clients.public);
  oidc.enableNonRepudiationChecks(config);
  await signIn(config, clients.public, 'somebody');
});

await flow('a person is called by one name here, by another there', async () => {
  const [first, second, open] = ['first', 'second', 'public'].map((id) => tokens[id].claims());
  must(first.sub === open.sub && first.sub !== second.sub, 'pairwise subjects are not kept apart');
  must(first.sid === open.sid && first.sid !== second.sid, 'a session connects what pairwise subjects keep apart');
});

await flow('userinfo', async () => {
  const { sub } = tokens.public.claims();
  const told = await oidc.fetchUserInfo(configs.public, tokens.public.access_token, sub);
  must(told.email && told.name && told.phone_number, 'userinfo tells nothing');
});

for (const client of Object.values(clients)) {
  await flow(`refresh, ${client.auth}`, async () => {
    const renewed = await oidc.refreshTokenGrant(configs[client.id], tokens[client.id].refresh_token);
    must(renewed.access_token !== tokens[client.id].access_token, 'the access token is the old one');
    tokens[client.id].refresh_token = renewed.refresh_token;
    tokens[client.id].renewed = renewed.access_token;
  });
}

for (const id of ['first', 'second', 'signer']) {
  await flow(`introspection and revocation, ${clients[id].auth}`, async () => {
    const told = await oidc.tokenIntrospection(configs[id], tokens[id].renewed);
    must(told.active && told.client_id === id, 'a live token is not active');
    await oidc.tokenRevocation(configs[id], tokens[id].refresh_token);
    const after = await oidc.tokenIntrospection(configs[id], tokens[id].refresh_token);
    must(!after.active, 'a revoked token is active');
  });
}

await flow('revocation, none', async () => {
  await oidc.tokenRevocation(configs.public, tokens.public.refresh_token);
  const refused = await oidc.refreshTokenGrant(configs.public, tokens.public.refresh_token).catch((error) => error.error);
  must(refused === 'invalid_grant', `a revoked refresh token is answered ${refused}`);
});

await flow('device authorisation', async () => {
  const begun = await oidc.initiateDeviceAuthorization(configs.public, { scope: 'openid profile' });
  const polling = oidc.pollDeviceAuthorizationGrant(configs.public, begun);
  await wish({ device: begun.verification_uri, user_code: begun.user_code, as: 'somebody' });
  const got = await polling;
  must(got.access_token, 'no access token');
});

await flow('device authorisation, refused by the person', async () => {
  const begun = await oidc.initiateDeviceAuthorization(configs.first, { scope: 'openid' });
  const polling = oidc.pollDeviceAuthorizationGrant(configs.first, begun).catch((error) => error.error);
  await wish({ device: begun.verification_uri, user_code: begun.user_code, as: 'somebody', refuse: true });
  const error = await polling;
  must(error === 'access_denied', `a refusal is answered ${error}`);
});

await flow('client credentials, private_key_jwt', async () => {
  const got = await oidc.clientCredentialsGrant(configs.signer, { scope: 'read' });
  must(got.access_token && !got.refresh_token, 'not an access token alone');
  const told = await oidc.tokenIntrospection(configs.signer, got.access_token);
  must(told.active, 'the token is not active');
});

await flow('token exchange: acting for another', async () => {
  const own = await signIn(configs.first, clients.first, 'grantee');
  const got = await oidc.genericGrantRequest(configs.first, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: own.access_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    requested_subject: settings.authorisation,
  });
  const told = await oidc.tokenIntrospection(configs.first, got.access_token);
  must(told.active && told.act?.sub === own.claims().sub && told.sub !== told.act.sub, 'actor and subject are not both named');
});

await flow('RP-initiated logout, logout token verified with jose', async () => {
  const mine = await signIn(configs.second, clients.second, 'leaving');
  const state = oidc.randomState();
  const url = oidc.buildEndSessionUrl(configs.second, {
    id_token_hint: mine.id_token, post_logout_redirect_uri: clients.second.after_sign_out, state,
  });
  const { url: back } = await wish({ visit: url.href, as: 'leaving' });
  must(back === `${clients.second.after_sign_out}?state=${state}`, `it led to ${back}`);
  const { token } = await wish({ logout_token_for: 'second', subject: mine.claims().sub });
  const keys = createRemoteJWKSet(new URL(configs.second.serverMetadata().jwks_uri));
  const { payload } = await jwtVerify(token, keys, { issuer, audience: 'second', typ: 'logout+jwt', maxTokenAge: '2 minutes', requiredClaims: ['jti', 'events'] });
  must('http://schemas.openid.net/event/backchannel-logout' in payload.events && payload.sid === mine.claims().sid, 'it names another session');
});

end();
