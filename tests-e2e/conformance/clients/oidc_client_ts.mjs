// npm oidc-client-ts 3, the client of browsers: its OidcClient with a store in memory.
import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from 'oidc-client-ts';

import { end, flow, must, settings, wish } from './talking.mjs';

const { clients, issuer } = settings;
const SCOPE = 'openid profile email phone offline_access';

function made(client, more = {}) {
  return new OidcClient({
    authority: issuer,
    client_id: client.id,
    client_secret: client.secret || undefined,
    client_authentication: client.auth === 'client_secret_basic' ? client.auth : 'client_secret_post',
    redirect_uri: client.redirect_uri,
    post_logout_redirect_uri: client.after_sign_out,
    scope: SCOPE,
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    loadUserInfo: true,
    ...more,
  });
}

async function signIn(client, who, more = {}) {
  const request = await client.createSigninRequest({ state: { from: 'here' }, nonce: 'n-of-mine', ...more });
  const { url } = await wish({ visit: request.url, as: who });
  const got = await client.processSigninResponse(url);
  must(got.userState.from === 'here', 'the state is not the one that was sent');
  return got;
}

for (const client of [clients.public, clients.first, clients.second]) {
  const known = made(client);
  const got = await flow(`code + PKCE + userinfo, ${client.auth}`, async () => {
    const answer = await signIn(known, 'somebody');
    must(answer.profile.email && answer.profile.name, 'userinfo tells nothing');
    return answer;
  });
  await flow(`sign in without a page, ${client.auth}`, async () => {
    const again = await signIn(known, 'somebody', { prompt: 'none', id_token_hint: got.id_token });
    must(again.profile.sub === got.profile.sub, 'another subject');
  });
  const renewed = await flow(`refresh, ${client.auth}`, async () => {
    const { refresh_token, id_token, session_state, scope, profile } = got;
    const state = { refresh_token, id_token, session_state, scope, profile, data: got.userState };
    const answer = await known.useRefreshToken({ state, timeoutInSeconds: 10 });
    must(answer.access_token !== got.access_token && answer.refresh_token, 'nothing new');
    return answer;
  });
  // Its revocation always puts the secret into the form, whatever way was chosen: a client of the header cannot use it.
  if (client.auth !== 'client_secret_basic') await flow(`revocation, ${client.auth}`, async () => {
    await known.revokeToken(renewed.access_token, 'access_token');
    await known.revokeToken(renewed.refresh_token, 'refresh_token');
  });
}

await flow('what is not offered is refused', async () => {
  const request = await made(clients.public).createSigninRequest({ state: {}, prompt: 'none' });
  const { url } = await wish({ visit: request.url, as: 'nobody yet' });
  const error = new URL(url).searchParams.get('error');
  must(error === 'login_required', `prompt=none of nobody gave ${error}`);
});

await flow('RP-initiated logout', async () => {
  const client = made(clients.public);
  const got = await signIn(client, 'leaving');
  const request = await client.createSignoutRequest({ id_token_hint: got.id_token, state: { leaving: true } });
  const { url } = await wish({ visit: request.url, as: 'leaving' });
  const done = await client.processSignoutResponse(url);
  must(done.userState.leaving, 'the state is not the one that was sent');
});

end();
